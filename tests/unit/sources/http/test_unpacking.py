"""Bodies are unpacked as they come, and never more of them than is wanted."""

import gzip
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import SourceUnavailableError
from agents.sources.http.unpacking import TooLargeError, beginning, unpacked

LIMIT = 1_000_000


def raw(body: bytes) -> bytes:
    """Return a body deflated without a frame, as many servers send it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "": bytes,
    "identity": bytes,
}


def pieces(body: bytes, size: int) -> Iterator[bytes]:
    """Yield a body in pieces."""
    for start in range(0, len(body), size):
        yield body[start : start + size]


@given(st.binary(max_size=5_000), st.sampled_from(sorted(PACKED)), st.integers(1, 700), st.integers(1, 40))
def test_whatever_was_packed_is_unpacked_however_it_comes(body: bytes, coding: str, size: int, times: int) -> None:
    whole = body * times
    assert unpacked(pieces(PACKED[coding](whole), size), coding=coding, limit=LIMIT) == whole


@given(st.binary(max_size=5_000), st.integers(1, 700))
def test_deflate_without_its_frame_is_unpacked_too(body: bytes, size: int) -> None:
    packed = raw(body)
    # A stream that happens to begin as a frame does cannot be told from one.
    if packed[0] & 0x0F != zlib.DEFLATED:
        assert unpacked(pieces(packed, size), coding="deflate", limit=LIMIT) == body


def test_members_of_gzip_follow_one_another_and_padding_is_passed_over() -> None:
    packed = gzip.compress(b"one, ") + gzip.compress(b"two") + b"\0" * 7
    assert unpacked([packed], coding="gzip", limit=LIMIT) == b"one, two"
    assert unpacked([packed, b"\0" * 9], coding="gzip", limit=LIMIT) == b"one, two"


@given(st.binary(min_size=1, max_size=300), st.integers(1, 400), st.integers(0, 200))
def test_of_a_body_that_breaks_off_there_is_its_beginning(body: bytes, size: int, cut: int) -> None:
    packed = gzip.compress(body)[:cut]
    found = beginning(pieces(packed, 7), coding="gzip", size=size)
    assert body[:size].startswith(found)
    assert beginning([gzip.compress(body)], coding="gzip", size=size) == body[:size]
    assert beginning([b"no gzip at all"], coding="gzip", size=size) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", ""])
def test_a_body_that_is_longer_than_wanted_is_not_read_to_its_end(coding: str) -> None:
    # Given a small answer that unpacks to a hundred times what is wanted, and counts what is taken of it
    packed = PACKED[coding](b"\0" * LIMIT * 100)
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        for piece in pieces(packed, 1_000):
            taken += len(piece)
            yield piece

    # When it is unpacked, then that is said, and most of it was never asked for
    with pytest.raises(TooLargeError, match="more than 1,000,000 bytes"):
        unpacked(chunks(), coding=coding, limit=LIMIT)
    assert taken < len(packed) / 10


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_is_cut_off_or_broken_is_no_body(coding: str) -> None:
    packed = PACKED[coding](bytes(range(256)) * 40)
    with pytest.raises(SourceUnavailableError, match="cut off"):
        unpacked([packed[:-9]], coding=coding, limit=LIMIT)
    with pytest.raises(SourceUnavailableError, match=f"no {coding}"):
        unpacked([b"<html>this is a page for people</html>"], coding=coding, limit=LIMIT)


def test_a_coding_that_nobody_asked_for_is_not_read() -> None:
    with pytest.raises(SourceUnavailableError, match="nobody asked for: 'br'"):
        unpacked([b"..."], coding="br", limit=LIMIT)
