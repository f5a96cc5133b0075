"""The repository that one look is at: its name, how much of it may be read, and its lists as GitHub pages them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from agents.contract import Coverage, CoverageState, Evidence, Quarantined
from agents.errors import BadEvidenceError, SourceUnavailableError
from agents.sources.collected import RAW_LIMIT
from agents.sources.github.items import Item, UnreadableError
from agents.sources.http.client import Http
from agents.sources.http.page import Page
from agents.sources.look import Look
from agents.sources.text import clean_json

SITE = "github"
PAGE = 100
"""How many items a page of GitHub's holds at most."""
LIMITS: Mapping[str, int] = MappingProxyType(
    {"max_commits": 2_000, "max_issues": 1_000, "max_releases": 300, "max_advisories": 300}
)
"""A target's options, and how many of each are read where the target does not say and a token is there."""
MOST_ITEMS = 10_000
"""No option may ask for more: 100 requests, and some 100 MB on their way."""
_ACCEPTED = "application/vnd.github+json"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
_DOTS = frozenset({".", ".."})
_RAW_DEPTH = 4

Read = Callable[[Item, Look], Evidence | tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Listed:
    """What was read of one list, or of one page of it."""

    found: tuple[Evidence, ...] = ()
    """Each once, as it was told last: what changes while pages are read comes twice."""
    strays: tuple[Quarantined, ...] = ()
    more: bool = False
    """Whether the list goes on beyond what was read."""

    def then(self, later: "Listed") -> "Listed":
        """Return both as one; what the later one tells holds."""
        told = {item.id: item for item in (*self.found, *later.found)}
        return Listed(tuple(told.values()), (*self.strays, *later.strays), later.more)


@dataclass(frozen=True)
class Repo:
    """One repository, by the name that GitHub has for it now."""

    name: str
    http: Http = field(repr=False)
    look: Look
    branch: str = ""
    """Its default branch; empty where GitHub did not say."""

    @property
    def is_told_who_asks(self) -> bool:
        """Whether a token goes with each request: 5,000 an hour instead of 60."""
        return self.http.is_known_at(SITE)

    def most(self, option: str) -> int:
        """Return how many pages of a list may be read: one without a token, unless the target's option says more.

        ``BadEvidenceError`` where the option is no such number.
        """
        asked = self.look.target.options.get(option)
        few = PAGE if asked is None and not self.is_told_who_asks else LIMITS[option]
        items = self.look.whole_number(option, default=few)
        if items > MOST_ITEMS:
            raise BadEvidenceError(
                f"target {self.look.target.id}, option {option}: {items:,} is more than {MOST_ITEMS:,}, the most that "
                "is read in one look; give less, or watch a clone of it (git: PATH)"
            )
        return -(-items // PAGE)

    def remedy(self, option: str) -> str:
        """Return how to see more of a list."""
        if not self.is_told_who_asks and option not in self.look.target.options:
            return "set GITHUB_TOKEN to read more"
        if self.most(option) * PAGE >= MOST_ITEMS:
            return "that is the most which is read of one repository"
        return f"raise the target's option {option} to read more"

    def page(self, part: str = "", params: Mapping[str, str] | None = None) -> Page:
        """Return the repository itself, or a part of it. Raises as ``Http.get`` does."""
        self.look.go_on(doing=f"reading {part or 'what GitHub says'}")
        return self.http.get(SITE, place(self.name, part), params=params, accept=_ACCEPTED)

    def pages(self, part: str, params: Mapping[str, str], *, most: int) -> Iterator[Page]:
        """Yield the pages of a list, the first ``most`` of them. Raises as ``Http.get`` does."""
        asked = {**params, "per_page": str(PAGE)}
        for page in self.http.pages(SITE, place(self.name, part), params=asked, accept=_ACCEPTED, most=most):
            self.look.go_on(doing=f"reading {part}")
            yield page

    def listed(self, part: str, params: Mapping[str, str], *, option: str, by: Read, source: str) -> Listed:
        """Return the items of a list, as far as may be read. Raises as ``Http.get`` does.

        ``SourceUnavailableError`` where a page is no list.
        """
        whole = Listed()
        for page in self.pages(part, params, most=self.most(option)):
            whole = whole.then(self.read(page, by=by, source=source))
        return whole

    def read(self, page: Page, *, by: Read, source: str) -> Listed:
        """Return the items of one page as evidence, and those that cannot be read with the reason."""
        found: dict[str, Evidence] = {}
        strays: list[Quarantined] = []
        for item in _items(page):
            try:
                told = by(item, self.look)
            except UnreadableError as error:
                key = str(item.get("html_url") or item.get("id") or "without an id")
                strays.append(self.look.quarantine(source, key=key, reason=str(error), raw=_raw(item)))
                continue
            found.update((one.id, one) for one in (told if isinstance(told, tuple) else (told,)))
        return Listed(tuple(found.values()), tuple(strays), bool(page.next))

    def failed(self, source: str, why: str) -> Coverage:
        """Return the coverage of a part that could not be read this time; what is stored of it stays."""
        return self.look.coverage(source, CoverageState.FAILED, detail=why)


def place(name: str, part: str) -> str:
    """Return the path of a repository or a part of it."""
    return f"/repos/{name}{f'/{part}' if part else ''}"


def is_name(text: str) -> bool:
    """Whether a text can be a repository's full name: it becomes a part of an address."""
    return _NAME.fullmatch(text) is not None and not _DOTS & set(text.split("/"))


def _items(page: Page) -> list[Item]:
    """Return the objects of a page; what else stands in its list is put aside where it is read, as an object."""
    told: Any = page.json()
    if not isinstance(told, list):
        kind = type(told).__name__
        raise SourceUnavailableError(f"{page.url} answered with JSON that is no list ({kind}); try again later")
    return [item if isinstance(item, Mapping) else {"what": item} for item in told]


def _raw(item: Item) -> str:
    """Return an item for a person to look at: not deep, for it may be nested as deep as JSON can be."""
    return json.dumps(clean_json(item, limit=RAW_LIMIT, depth=_RAW_DEPTH), ensure_ascii=False)
