"""Where a document's first element begins, and what a document is that is no feed."""

import re
from collections.abc import Mapping
from html import unescape
from types import MappingProxyType
from urllib.parse import urljoin

from agents.sources.text import clean_line

SHOWN = 80
"""Characters of a document that an error quotes."""
_SEARCHED = 200_000
"""Characters of a page for people in which the address of its feed is looked for."""
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf)(?=[\s/>])", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_SUBSET_END = re.compile(r"\]\s*>")
_BINARY: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x89PNG": "a picture (PNG)",
        b"\xff\xd8\xff": "a picture (JPEG)",
        b"GIF8": "a picture (GIF)",
        b"%PDF": "a PDF file",
        b"PK\x03\x04": "a zip archive",
        b"\x1f\x8b": "a gzip file",
    }
)
_LINK = re.compile(r"<link\s[^<>]{0,2000}>", re.IGNORECASE)
_IS_FEED = re.compile(r"""type\s*=\s*["']?application/(?:rss|atom)\+xml""", re.IGNORECASE)
_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"<>]{1,500})"|'([^'<>]{1,500})'|([^\s"'<>]{1,500}))""", re.IGNORECASE)


def feed_at(text: str) -> int | None:
    """Return where a feed's first element begins; None where the document is no feed.

    What stands before it is passed by, a document type with all entities that it declares too: a feed needs none, and
    they could name files and grow without end.
    """
    place: int | None = 0
    while place is not None:
        place = _blank_until(text, place)
        if not text.startswith(("<?", "<!"), place):
            return place if _ROOT.match(text, place) else None
        place = _after(text, place)
    return None


def _blank_until(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place


def _after(text: str, place: int) -> int | None:
    """Return where an instruction, a comment or a document type ends."""
    if text.startswith("<?", place):
        return _end(text, "?>", place)
    if text.startswith("<!--", place):
        return _end(text, "-->", place + len("<!--"))
    end = _end(text, ">", place)
    if end is not None and "[" in text[place:end]:
        found = _SUBSET_END.search(text, place)
        return found.end() if found else None
    return end


def _end(text: str, mark: str, place: int) -> int | None:
    found = text.find(mark, place)
    return None if found < 0 else found + len(mark)


def described(body: bytes, text: str, *, url: str) -> str:
    """Return what a document is that is no feed, and what to do about it."""
    start = text.lstrip()[:_SEARCHED]
    binary = next((kind for mark, kind in _BINARY.items() if body.startswith(mark)), "")
    if not start:
        return "there is nothing in it; open the address in a browser, and name the one of an Atom or RSS feed"
    if binary:
        return f"it is {binary}; name the address of an Atom or RSS feed"
    if start.startswith(("{", "[")):
        kind = "a JSON feed, a form that is not read" if "//jsonfeed.org/version/" in start else "JSON"
        return f"it is {kind}; name the address of an Atom or RSS feed"
    if re.match(r"<!doctype html|<html|<head|<body", start, re.IGNORECASE):
        return f"it is a page for people; {_feed_of(start, url=url)}"
    return (
        f"it begins with {clean_line(start, limit=SHOWN)!r}, where a feed begins with rss, feed or RDF; "
        "name the address of an Atom or RSS feed"
    )


def _feed_of(page: str, *, url: str) -> str:
    """Return the address of the feed that a page names, as advice: it is never followed."""
    for link in _LINK.finditer(page):
        href = _HREF.search(link[0])
        if href is None or not _IS_FEED.search(link[0]):
            continue
        try:
            address = urljoin(url, unescape(next(filter(None, href.groups()))).strip())
        except ValueError:
            continue
        if address.startswith(("https://", "http://")):
            return f"it says that its feed is at {clean_line(address, limit=500)!r}"
    return "look on it for the address of its Atom or RSS feed, and name that"
