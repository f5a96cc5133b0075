"""What is remembered of one target's advisories between two looks at the service, and what follows from a new look.

The service names no advisory that was withdrawn, so what is no longer named is gone. That can be said only by naming
all that are left: then all of them are read again (a 304 each, where the service marks its pages). Where that cannot
be done, what is no longer named stays and is read again itself, which tells a withdrawal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.sources.osv.fetching import MOST_RECORDS, Fetched
from agents.sources.osv.naming import Named

_READER = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the store holds, as of the last look."""

    known: Mapping[str, str] = field(default_factory=dict)
    """The advisories that were read, each with when it was last changed in the service's own words."""
    lossy: frozenset[str] = frozenset()
    """Those of them of which a part could not be read."""
    after: str = ""
    """Behind which advisory to begin, where the last look did not come to the end."""
    afresh: bool = False
    """Whether nobody knows what the store holds."""

    @classmethod
    def of(cls, cursor: Mapping[str, JsonValue]) -> "Memory":
        """Return what a cursor says; one that is missing, or of another form, says nothing."""
        known, lossy, after = (cursor.get(name) for name in ("known", "lossy", "after"))
        if cursor.get("reader") != _READER or not isinstance(known, dict):
            return cls(afresh=True)
        return cls(
            known={one: when for one, when in known.items() if isinstance(when, str)},
            lossy=frozenset(one for one in lossy if isinstance(one, str)) if isinstance(lossy, list) else frozenset(),
            after=after if isinstance(after, str) else "",
        )

    @property
    def cursor(self) -> dict[str, JsonValue]:
        """The memory as a cursor."""
        return {"reader": _READER, "known": {**self.known}, "lossy": [*sorted(self.lossy)], "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a look comes to."""

    memory: Memory
    told: tuple[str, ...]
    """The advisories that were read and are told."""
    whole: bool
    """Whether they are all that is true: what else the store holds is gone."""
    lingering: int = 0
    """How many are no longer named and stay for now."""


def wanted(named: Named, memory: Memory) -> list[str]:
    """Return the advisories to read, in order: what changed, or all where some are gone; then those that are gone."""
    gone = memory.known.keys() - named.ids.keys()
    if gone and named.whole and len(named.ids) <= MOST_RECORDS:
        first = sorted(named.ids)
    else:
        first = sorted(one for one, when in named.ids.items() if not when or memory.known.get(one) != when)
    # Where not all can be read in one look, each has its turn.
    turned = [*(one for one in first if one > memory.after), *(one for one in first if one <= memory.after)]
    return [*turned, *sorted(gone)]


def settle(named: Named, memory: Memory, found: Fetched) -> Settled:
    """Return what is told of what was found, and what is remembered: never more than what was read."""
    gone = memory.known.keys() - named.ids.keys()
    held = set(named.ids) if memory.afresh else named.ids.keys() & memory.known.keys()
    whole = named.whole and (memory.afresh or bool(gone)) and held <= found.records.keys()
    told = tuple(one for one in found.records if one in named.ids or not whole)
    read = {one: named.ids[one] for one in told if one in named.ids}
    known = read if whole else {**memory.known, **read}
    lossy = {one for one in told if found.records[one].lost} | (memory.lossy - set(told))
    after = found.last if found.left else ""
    remembered = Memory(known=known, lossy=frozenset(lossy & known.keys()), after=after)
    return Settled(memory=remembered, told=told, whole=whole, lingering=0 if whole else len(gone))
