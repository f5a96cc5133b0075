"""One entry as feedparser reads it: each field of the type that is wanted, or empty.

feedparser is handed a stream of bytes: what it gets otherwise it takes for an address or a file to open. It neither
sanitises nor completes the HTML in an entry here, for nothing is kept of that but its text.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from threading import Lock
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin

from agents.sources.feeds.dates import meant
from agents.sources.feeds.markup import plain

_LARGEST = 50_000
"""Characters of a text that are kept here: what of it becomes evidence is shorter or as long."""
_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What feedparser raises where it did not expect what it reads."""
_HEADERS = MappingProxyType({"content-type": "application/xml; charset=utf-8"})
"""Without an address: ids that look like a part of one would be completed, and change when the feed moves."""

_ONE_AT_A_TIME = Lock()


class UnreadableError(Exception):
    """An entry cannot be read, or says nothing; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one entry says, in a stranger's own words: not cleaned, but plain text."""

    id: str = ""
    link: str = ""
    title: str = ""
    author: str = ""
    summary: str = ""
    content: str = ""
    """The whole of it where the feed has that, else the summary."""
    published: datetime | None = None
    updated: datetime | None = None
    dates: tuple[str, ...] = ()
    """As they are written."""


def entry(document: bytes, *, url: str) -> Entry:
    """Return the entry of a feed that holds but one; ``url`` is where the feed was found.

    Raises ``UnreadableError``.
    """
    with _ONE_AT_A_TIME:
        parse = _parse()
    try:
        read = parse(io.BytesIO(document))
    except _FAULTS as error:
        raise UnreadableError(f"feedparser cannot read it ({type(error).__name__})") from error
    if not read["entries"]:
        raise UnreadableError("it is no entry of Atom's or RSS's, though it is called one")
    return _entry(read["entries"][0], url=url)


@lru_cache(maxsize=1)
def _parse() -> Callable[[io.BytesIO], Mapping[str, Any]]:
    """Return feedparser's function, used once: it fills its tables then, and no other thread may see them by half."""
    import feedparser  # noqa: PLC0415  heavy

    parse = partial(feedparser.parse, response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False)
    parse(io.BytesIO(b"<rss/>"))
    return parse


def _entry(fields: Mapping[str, Any], *, url: str) -> Entry:
    summary = _plain(_field(fields, "summary"), _field(fields, "summary_detail"))
    content = next(_contents(_field(fields, "content")), "")
    published, updated = _text(fields, "published"), _text(fields, "updated")
    return Entry(
        id=_text(fields, "id"),
        link=_address(_text(fields, "link"), named=_text(fields, "id"), url=url),
        title=_plain(_field(fields, "title"), _field(fields, "title_detail")),
        author=_text(fields, "author"),
        summary=summary or content,
        content=content or summary,
        published=meant(_field(fields, "published_parsed"), written=published),
        updated=meant(_field(fields, "updated_parsed"), written=updated),
        dates=tuple(filter(None, (published, updated))),
    )


def _field(fields: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  an unknown element of any name becomes a field
    """Return a field as it is: feedparser's own ``get`` answers one for another, with a warning."""
    return dict.get(fields, name) if isinstance(fields, dict) else None


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = _field(fields, name)
    return value.strip() if isinstance(value, str) else ""


def _address(link: str, *, named: str, url: str) -> str:
    """Return a link as a whole address; an id that is taken for one must be whole by itself."""
    try:
        return link if link == named else urljoin(url, link) if link else ""
    except ValueError:
        return ""


def _contents(several: object) -> Iterator[str]:
    """Yield the texts of an entry's contents; pictures and the like have none."""
    for one in several if isinstance(several, list) else ():
        kind = _field(one, "type")
        if isinstance(kind, str) and (kind.startswith("text/") or kind.endswith("xml")):
            yield _plain(_field(one, "value"), one)


def _plain(value: object, detail: object) -> str:
    """Return a text without its markup, where it is of a type that has some."""
    if not isinstance(value, str):
        return ""
    kind = _field(detail, "type") if isinstance(detail, Mapping) else None
    return value.strip() if kind == "text/plain" else plain(value, limit=_LARGEST)
