"""A recorded exchange: one request to an outside service, and its answer, as a line of JSON."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, ValidationError

from agents.contract import Frozen
from orchestrator.errors import RecordingError

_LONGEST_LINE = 50_000_000
_LARGEST_FILE = 1_000_000_000
"""Bytes. What is played is held in memory."""
Broken = Callable[[RecordingError], None]
"""Is told of a line that cannot be played; the others are."""

Header = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$")]
"""A header's name, as RFC 9110 has it."""


class AskedFor(Frozen):
    """The request. Nothing of its headers decides what is answered."""

    method: str = Field(pattern=r"^[A-Z]{3,10}$")
    url: Annotated[str, Field(max_length=8_000)]
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = ""


class Answered(Frozen):
    """The answer, its body unpacked."""

    status: Annotated[int, Field(ge=200, le=599)]
    headers: dict[Header, str] = Field(default_factory=dict)
    body: str | None = ""
    body_encoding: Literal["base64", "utf-8", ""] | None = ""


class Exchange(Frozen):
    """One line of a recording."""

    file: str = ""
    """The recording that it is part of: requests of one are answered in their order."""
    seq: int = 0
    source: str = ""
    recorded_at: str | None = None
    request: AskedFor
    response: Answered

    @property
    def key(self) -> "Key":
        """What a request has to ask for, to be answered by this."""
        return key_of(self.request.method, self.request.url)

    @property
    def body(self) -> bytes:
        """The answer's body. ``ValueError`` where it is no base64 but says so."""
        text = self.response.body or ""
        if self.response.body_encoding == "base64":
            return base64.b64decode(text, validate=True)
        return text.encode("utf-8", "surrogatepass")

    def header(self, name: str) -> str:
        """Return a header of the answer, whatever its name's letters; empty where it has none."""
        wanted = name.lower()
        return next((value for known, value in self.response.headers.items() if known.lower() == wanted), "")


Key = tuple[str, str, tuple[tuple[str, str], ...]]
"""Method, path, and the sorted words of the query."""


def key_of(method: str, url: str) -> Key:
    """Return what tells requests apart: neither the host, for a recording is played under another one, nor quoting."""
    parts = urlsplit(url)
    return method.upper(), unquote(parts.path) or "/", tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))


def read_exchanges(place: Path, *, broken: Broken | None = None) -> Iterator[Exchange]:
    """Yield the exchanges of a file, or of all ``*.jsonl`` files below a folder, in order.

    Raises ``RecordingError`` where there is none, or at the first line that is none; ``broken`` is told of such lines
    in its place.
    """
    files = sorted(place.rglob("*.jsonl")) if place.is_dir() else [place]
    if not files:
        raise RecordingError(f"{place} holds no recording; give a folder with files that end in .jsonl, or one of them")
    for file in files:
        yield from _exchanges(file, broken=broken or _refuse)


def _refuse(error: RecordingError) -> None:
    raise error


def _exchanges(file: Path, *, broken: Broken) -> Iterator[Exchange]:
    """Yield a file's exchanges."""
    try:
        if not file.is_file() and file.exists():
            raise RecordingError(
                f"{file} cannot be read: it is no file; give a file of JSON lines, or a folder of them"
            )
        with file.open("rb") as lines:
            if file.stat().st_size > _LARGEST_FILE:
                raise RecordingError(f"{file} has more than {_LARGEST_FILE:,} bytes; give a part of it")
            for number, line in _lines(lines):
                try:
                    exchange = _exchange(line, where=f"{file}, line {number}")
                except RecordingError as error:
                    broken(error)
                else:
                    yield exchange
    except OSError as error:
        raise RecordingError(f"{file} cannot be read: {error.strerror}; mend the path, or its rights") from error


def _lines(lines: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not empty with its number, from 1; of one that is too long, as much as shows that."""
    for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE), b""), start=1):
        if line.strip():
            yield number, line
        # The rest of such a line is part of it, not the next one.
        rest = line
        while len(rest) == _LONGEST_LINE and not rest.endswith(b"\n"):
            rest = lines.readline(_LONGEST_LINE)


def _exchange(line: bytes, *, where: str) -> Exchange:
    """Return the exchange of a line."""
    if len(line) >= _LONGEST_LINE:
        raise RecordingError(f"{where}: the line: it has {_LONGEST_LINE:,} bytes or more; take it out")
    try:
        exchange = Exchange.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the line"
        raise RecordingError(f"{where}: {field}: {first['msg']}; {_remedy(line)}") from error
    # What cannot be played is told now.
    for field, read in (("request.url", lambda: exchange.key), ("response.body", lambda: exchange.body)):
        try:
            read()
        except ValueError as error:
            raise RecordingError(f"{where}: {field}: {error}; record it anew, or take the line out") from error
    return exchange


def _remedy(line: bytes) -> str:
    """Return what to do about a line: one without its end was most likely cut off."""
    cut = not line.endswith(b"\n") and not line.rstrip().endswith(b"}")
    return f"{'it is cut off: ' if cut else ''}record it anew, or take the line out"
