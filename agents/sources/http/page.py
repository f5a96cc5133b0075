"""What an outside service gave: a page, and what is kept of it so that it need not be sent again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urljoin

from agents.errors import SourceUnavailableError
from agents.sources.http.site import origin

_LONGEST_MARK = 500
SHOWN = 120
"""Characters of a body that an error quotes."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that was good: its body in full, unpacked, whether it was sent now or kept from before."""

    url: str
    """Where it came from, after redirects; without credentials."""
    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes = field(repr=False)
    at: datetime
    """When the service last said that this is its answer."""
    unchanged: bool = False
    """Whether the service said that it is what was kept: nothing was sent, and it cost no quota."""
    moved: bool = False
    """Whether it was found at another address than the one asked for, for good."""

    @property
    def next(self) -> str:
        """Where the next page of the same list is, as its ``link`` header says (RFC 8288); empty after the last."""
        import httpx2  # noqa: PLC0415  whoever only keeps pages needs no client

        try:
            links = httpx2.Response(200, headers={"link": self.headers.get("link", "")}).links
            to = urljoin(self.url, links["next"]["url"]) if "next" in links else ""
            return to if all(origin(to)) else ""
        except ValueError:  # no address, or no header
            return ""

    def json(self) -> Any:  # noqa: ANN401  JSON is anything
        """Return the body as JSON. ``SourceUnavailableError`` where it is none: cut off, or a page for people."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            kind = self.headers.get("content-type", "no content type")
            raise SourceUnavailableError(
                f"{self.url} answered with what is no JSON ({kind}, {len(self.body):,} bytes): {error}; "
                f"it begins with {self.body[:SHOWN].decode('utf-8', 'replace')!r}"
            ) from error


@dataclass(frozen=True, slots=True)
class Kept:
    """A page from an earlier look, with what its service marks it by."""

    etag: str
    last_modified: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def is_marked(self) -> bool:
        """Whether its service marked it so that a request can say it: a hostile mark could never be sent."""
        marks = [mark for mark in (self.etag, self.last_modified) if mark]
        return bool(marks) and all(_sayable(mark) for mark in marks)

    @property
    def conditions(self) -> dict[str, str]:
        """Return the headers of a request that is answered in full only where the page has changed."""
        marks = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: mark for name, mark in marks.items() if mark}


def _sayable(mark: str) -> bool:
    """Whether a mark can stand in a request's header."""
    return len(mark) <= _LONGEST_MARK and mark.isascii() and mark.isprintable()


class Shelf(Protocol):
    """Where pages are kept between looks; the store implements it, and a dict in tests.

    Keys are opaque: they hold no credentials, and differ where credentials do.
    """

    def find(self, key: str) -> Kept | None:
        """Return the page that was kept under a key."""
        ...

    def keep(self, key: str, page: Kept) -> None:
        """Keep a page, in place of what was there."""
        ...


class NoShelf:
    """Keeps nothing: every page is sent in full."""

    def find(self, key: str) -> Kept | None:  # noqa: ARG002  the protocol's own signature
        """Return nothing."""
        return None

    def keep(self, key: str, page: Kept) -> None:
        """Keep nothing."""
