"""A recorded exchange: one request to an outside service, and its answer, as a line of JSON."""

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, ValidationError

from agents.contract import Frozen
from orchestrator.errors import RecordingError

_LONGEST_LINE = 50_000_000


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


def read_exchanges(place: Path) -> Iterator[Exchange]:
    """Yield the exchanges of a file, or of all ``*.jsonl`` files below a folder, in order.

    Raises ``RecordingError`` where there is none, or at the first line that is none.
    """
    files = sorted(place.rglob("*.jsonl")) if place.is_dir() else [place]
    if not files:
        raise RecordingError(f"{place} holds no recording; give a folder with files that end in .jsonl, or one of them")
    for file in files:
        yield from _lines(file)


def _lines(file: Path) -> Iterator[Exchange]:
    """Yield a file's exchanges."""
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE), b""), start=1):
                if line.strip():
                    yield _exchange(line, where=f"{file}, line {number}")
    except OSError as error:
        raise RecordingError(f"{file} cannot be read: {error.strerror}") from error


def _exchange(line: bytes, *, where: str) -> Exchange:
    """Return the exchange of a line."""
    try:
        exchange = Exchange.model_validate_json(line)
        exchange.body  # noqa: B018  what cannot be played is told now
        urlsplit(exchange.request.url)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the line"
        raise RecordingError(f"{where}: {field}: {first['msg']}; record it anew, or take the line out") from error
    except (ValueError, binascii.Error) as error:
        raise RecordingError(f"{where}: {error}; record it anew, or take the line out") from error
    return exchange
