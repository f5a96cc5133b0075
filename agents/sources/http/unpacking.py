"""Unpacking a body as it comes, never more of it than is wanted: a small answer may unpack to gigabytes."""

import zlib
from collections.abc import Iterable, Iterator

from agents.errors import SourceUnavailableError

ACCEPTED = "gzip, deflate"
"""What a request asks for: codings of which a bounded part can be unpacked."""
_STEP = 65_536
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class TooLargeError(Exception):
    """A body is longer than what is wanted of it."""


def unpacked(chunks: Iterable[bytes], *, coding: str, limit: int) -> bytes:
    """Return a body without its coding.

    Raises ``TooLargeError`` where it has more than ``limit`` bytes, and ``SourceUnavailableError`` where it is cut off,
    or is in a coding that nobody asked for.
    """
    parts: list[bytes] = []
    size = 0
    for part in _plain(chunks, coding=coding.strip().lower()):
        size += len(part)
        if size > limit:
            raise TooLargeError(f"more than {limit:,} bytes")
        parts.append(part)
    return b"".join(parts)


def beginning(chunks: Iterable[bytes], *, coding: str, size: int) -> bytes:
    """Return as much as can be had of the first ``size`` bytes of a body, which may be cut off or broken."""
    parts: list[bytes] = []
    try:
        for part in _plain(chunks, coding=coding.strip().lower()):
            parts.append(part)
            if sum(map(len, parts)) >= size:
                break
    except SourceUnavailableError:
        pass
    return b"".join(parts)[:size]


def _plain(chunks: Iterable[bytes], *, coding: str) -> Iterator[bytes]:
    """Yield a body's bytes in small parts."""
    if coding in {"", "identity"}:
        yield from chunks
    elif coding in {"gzip", "x-gzip", "deflate"}:
        try:
            yield from _inflated(chunks, gzip=coding != "deflate")
        except zlib.error as error:
            raise SourceUnavailableError(f"the body is no {coding}: {error}") from error
    else:
        raise SourceUnavailableError(f"the body is in a coding that nobody asked for: {coding[:40]!r}")


def _inflated(chunks: Iterable[bytes], *, gzip: bool) -> Iterator[bytes]:
    """Yield what zlib makes of the chunks: members of gzip one after the other, deflate with or without its frame."""
    inflate = None
    for chunk in chunks:
        left = chunk.lstrip(b"\0") if gzip and inflate is not None and inflate.eof else chunk
        while left:
            if inflate is None or inflate.eof:
                inflate = zlib.decompressobj(_GZIP if gzip else _frame(left))
            yield from _steps(inflate, left)
            left = inflate.unused_data.lstrip(b"\0")  # gzip may be padded with zeros
    if inflate is not None and not inflate.eof:
        raise SourceUnavailableError("the body is cut off")


def _steps(inflate: "zlib._Decompress", given: bytes) -> Iterator[bytes]:
    """Yield what one stream makes of what is given, in parts of a bounded size."""
    part = inflate.decompress(given, _STEP)
    while part:
        yield part
        # With nothing left to read there may still be something to write.
        part = b"" if inflate.eof else inflate.decompress(inflate.unconsumed_tail, _STEP)


def _frame(start: bytes) -> int:
    """Return how zlib is to read a deflated body: many servers leave out the frame that RFC 9110 asks for."""
    framed = start[0] & 0x0F == zlib.DEFLATED and (len(start) < 2 or int.from_bytes(start[:2], "big") % 31 == 0)  # noqa: PLR2004  RFC 1950, 2.2
    return _ZLIB if framed else _RAW
