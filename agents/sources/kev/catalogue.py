"""The catalogue of known exploited vulnerabilities: one file, read whole, told anew only where it changed."""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState, Evidence, Quarantined
from agents.errors import SourceUnavailableError
from agents.sources.collected import Collected, digest
from agents.sources.http.client import Http
from agents.sources.http.page import Page
from agents.sources.kev.entry import KIND, SOURCE, NoEntryError, exploited
from agents.sources.look import Look, counted, sentence
from agents.sources.text import clean_line

SITE = "kev"
SETTING = "LOOKOUT_KEV_URL"
MOST_ENTRIES = 50_000
_MOST_STRAYS = 100
_READER = "1"
_SHOWN = 40


@dataclass(slots=True)
class _Read:
    """What the catalogue holds."""

    entries: dict[str, Evidence] = field(default_factory=dict)
    strays: list[Quarantined] = field(default_factory=list)
    unreadable: int = 0
    """Entries that could not be read; so many of them are in ``strays`` as a person would look at."""


def read_exploited(http: Http, look: Look) -> Collected:
    """Return all entries where the catalogue changed since the last look, else none; they replace what was.

    Where it holds fewer than it says, or some cannot be read, what was known before is kept beside them. Raises
    ``SourceUnavailableError`` where what came is no catalogue, and otherwise as ``Http.get`` does.
    """
    if not http.knows(SITE):
        lack = look.coverage(SOURCE, CoverageState.NOT_COLLECTED, detail=f"no catalogue is set up: set {SETTING}")
        return Collected(source=SOURCE, coverage=(lack,))
    page = http.get(SITE, "", accept="application/json")
    state = digest(_READER, page.body)
    before = look.cursor(SOURCE)
    if before.get("state") == state:
        return Collected(source=SOURCE, coverage=(_coverage(look, before),), cursor={**before})
    told = _catalogue(page)
    items = told["vulnerabilities"]
    read = _read(items, look=look)
    promised = told.get("count")
    missing = promised - len(items) if isinstance(promised, int) else 0
    cursor: dict[str, JsonValue] = {
        "state": state,
        "seen": len(read.entries),
        "left_out": read.unreadable,
        "missing": max(missing, 0),
        "unread": max(len(items) - MOST_ENTRIES, 0),
        "released": clean_line(str(told.get("dateReleased") or ""), limit=_SHOWN),
    }
    return Collected(
        source=SOURCE,
        coverage=(_coverage(look, cursor),),
        evidence=tuple(read.entries.values()),
        quarantined=tuple(read.strays),
        cursor=cursor,
        replaces=() if _lacks(cursor) else (KIND,),
    )


def _catalogue(page: Page) -> Mapping[str, Any]:
    """Return the catalogue that a page holds."""
    told = page.json()
    if not isinstance(told, Mapping) or not isinstance(told.get("vulnerabilities"), list):
        raise SourceUnavailableError(
            f"{page.url} answered with no catalogue of exploited flaws: it has no list of vulnerabilities; "
            f"look whether {SETTING} names one"
        )
    return told


def _read(items: list[object], *, look: Look) -> _Read:
    """Return the entries, each once, and what is none."""
    read = _Read()
    for number, raw in enumerate(items[:MOST_ENTRIES]):
        look.go_on(doing="reading the catalogue")
        try:
            entry = exploited(raw, look=look)
        except NoEntryError as error:
            read.unreadable += 1
            if len(read.strays) < _MOST_STRAYS:
                key = f"vulnerabilities[{number}]"
                read.strays.append(look.quarantine(SOURCE, key=key, reason=str(error), raw=reprlib.repr(raw)))
        else:
            read.entries[entry.key] = entry
    return read


def _lacks(figures: Mapping[str, JsonValue]) -> bool:
    """Whether not all of the catalogue was read."""
    return any(figures.get(name) for name in ("left_out", "missing", "unread"))


def _coverage(look: Look, figures: Mapping[str, JsonValue]) -> Coverage:
    """Return the coverage that a cursor tells: of this look, or of an earlier one that nothing changed since."""
    seen = figures.get("seen")
    count = seen if isinstance(seen, int) else 0
    words = (
        ("released", "released {}"),
        ("left_out", "put aside as unreadable: {}"),
        ("missing", "entries that it says it has, and has not: {}"),
        ("unread", "entries left unread, as there are more than are kept: {}"),
    )
    said = [form.format(figures[name]) for name, form in words if figures.get(name)]
    whole = CoverageState.COMPLETE if count else CoverageState.ZERO
    part = CoverageState.PARTIAL if count else CoverageState.FAILED
    detail = sentence(counted(count, "exploited flaw"), *said)
    return look.coverage(SOURCE, part if _lacks(figures) else whole, items=count, detail=detail)
