"""What was seen of a feed, in words: of this look, or of an earlier one that nothing changed since."""

from collections.abc import Mapping

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState
from agents.sources.feeds.post import SOURCE
from agents.sources.http.page import Page
from agents.sources.look import Look, sentence

_DAY = len("2026-01-31")


def coverage(look: Look, figures: Mapping[str, JsonValue], *, page: Page) -> Coverage:
    """Return the coverage that a cursor's figures tell."""
    seen = _number(figures, "seen")
    moved = f"it has moved for good to {page.url}; name that address" if page.moved else ""
    detail = sentence(_shown(figures, seen=seen), *_lacks(figures), *_notes(figures), moved)
    return look.coverage(SOURCE, _state(figures, seen=seen), items=seen, detail=detail)


def _state(figures: Mapping[str, JsonValue], *, seen: int) -> CoverageState:
    if not seen:
        broken = _number(figures, "put_aside") or figures.get("fault")
        return CoverageState.FAILED if broken else CoverageState.ZERO
    lacks = any(figures.get(name) for name in ("put_aside", "beyond", "cut", "gap"))
    return CoverageState.PARTIAL if lacks else CoverageState.COMPLETE


def _shown(figures: Mapping[str, JsonValue], *, seen: int) -> str:
    if not seen:
        total = _number(figures, "total")
        return f"none of the feed's {_entries(total)} could be read" if total else "the feed shows no entries"
    oldest, newest = (str(figures.get(name) or "")[:_DAY] for name in ("oldest", "newest"))
    days = oldest if oldest == newest else f"{oldest} to {newest}"
    dated = f" of {days}" if oldest else ""
    return f"{_entries(seen)}{dated}: a feed shows only its newest, and older ones are kept from earlier looks"


def _lacks(figures: Mapping[str, JsonValue]) -> list[str]:
    """Return what is missing, each with what to do about it."""
    put_aside, beyond = _number(figures, "put_aside"), _number(figures, "beyond")
    forms = (
        (
            put_aside,
            f"put aside as unreadable: {put_aside:,}; the quarantine says why, only their publisher can help",
        ),
        (beyond, f"left unread, as the feed has more: {beyond:,}; raise the target's option max_entries"),
        (figures.get("cut"), "the feed is cut off, so there may be more; a later look reads what it shows then"),
        (figures.get("gap"), "it shows nothing from before the last look, so some may be lost; look more often"),
    )
    return [words for is_so, words in forms if is_so]


def _notes(figures: Mapping[str, JsonValue]) -> list[str]:
    """Return what is odd about a feed, and cost nothing."""
    doubles, undated = _number(figures, "doubles"), _number(figures, "undated")
    fault = figures.get("fault")
    forms = (
        (doubles, f"entries with the id of another, the newest of each counts: {doubles:,}"),
        (undated, f"entries without a date that can be: {undated:,}"),
        (fault and not figures.get("cut"), f"it is no well-formed XML ({fault}), so its entries were read one by one"),
        (figures.get("encoding"), str(figures.get("encoding"))),
    )
    return [words for is_so, words in forms if is_so]


def _number(figures: Mapping[str, JsonValue], name: str) -> int:
    value = figures.get(name)
    return value if isinstance(value, int) else 0


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"
