"""Lists in pages, as the code host gives them out: so many at a time, and a header that says where the others are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from orchestrator.recordings.incident.accounts import Document

_USUAL, _MOST = 30, 100


@dataclass(frozen=True)
class Listed:
    """A whole list, and the address under which its pages are found."""

    items: Sequence[Document]
    path: str


def page_of(listed: Listed, query: Mapping[str, str], *, url: str) -> tuple[list[Document], str]:
    """Return one page of a list, and its ``link`` header; empty where there is but one page."""
    size = min(_whole(query.get("per_page"), otherwise=_USUAL), _MOST)
    nth = _whole(query.get("page"), otherwise=1)
    last = max(-(-len(listed.items) // size), 1)
    items = list(listed.items[(nth - 1) * size : nth * size])
    if last == 1:
        return items, ""
    wanted = {"prev": nth - 1, "next": nth + 1, "last": last, "first": 1}
    given = {
        name: at for name, at in wanted.items() if 1 <= at <= last and at != nth and not (name == "first" and nth == 1)
    }
    links = (f'<{url}{listed.path}?{urlencode({**query, "page": at})}>; rel="{name}"' for name, at in given.items())
    return items, ", ".join(links)


def _whole(text: str | None, *, otherwise: int) -> int:
    """Return a number from 1; what is none counts as nothing said."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004  a billion pages
        return otherwise
    return int(text) or otherwise
