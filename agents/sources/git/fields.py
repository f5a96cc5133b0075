"""Git's answers as fields: everything that holds a stranger's text is separated by NUL, which no such text holds."""

from collections.abc import Iterable, Iterator

from agents.sources.git.errors import GitRefusedError

MAX_FIELD_BYTES = 16 << 20


def fields(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the NUL-terminated fields of a stream; what follows the last NUL is the last field, if it is not empty."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole
        if len(rest) > MAX_FIELD_BYTES:
            raise GitRefusedError(f"one field of git's answer is longer than {MAX_FIELD_BYTES:,} bytes")
    if rest:
        yield rest


def records(pieces: Iterable[bytes], *, width: int) -> Iterator[tuple[str, ...]]:
    """Yield every ``width`` fields as texts; bytes that are no UTF-8 are replaced, an incomplete last record is left.

    The line break that some commands print between records is not part of the first field.
    """
    row: list[str] = []
    for field in fields(pieces):
        text = field.decode("utf-8", "replace")
        row.append(text if row else text.lstrip("\n"))
        if len(row) == width:
            yield tuple(row)
            row.clear()
