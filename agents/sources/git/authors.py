"""Who wrote a commit: a stable pseudonym in place of the address, and the name that the history shows."""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from agents.contract import stable_id
from agents.sources.text import clean_line

NAME_LIMIT = 200
MAX_CO_AUTHORS = 20

_TRAILER = re.compile(r"^\s*(?P<name>[^<>]*?)\s*<(?P<email>[^<>]*)>\s*$")


def author_id(name: str, email: str) -> str:
    """Return the same pseudonym for the same address, however it is written; without an address the name decides."""
    return stable_id("author", (email.strip() or name.strip()).casefold())


def co_authors(trailers: str) -> list[JsonValue]:
    """Return id and name of everybody in ``Co-authored-by`` lines (separated by 0x1f); others are left out."""
    return [dict(author) for author in list(_co_authors(trailers))[:MAX_CO_AUTHORS]]


def _co_authors(trailers: str) -> Iterator[dict[str, JsonValue]]:
    seen: set[str] = set()
    for trailer in trailers.split("\x1f"):
        match = _TRAILER.match(trailer)
        if match is None or not any(match.groups()):
            continue
        who = author_id(match["name"], match["email"])
        if who not in seen:
            seen.add(who)
            yield {"id": who, "name": clean_line(match["name"], limit=NAME_LIMIT)}
