"""What editing a watchlist changes in its schedules: decided here as a value, written down in ``schedules``."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from agents.contract import Target
from orchestrator.domain.triggers import Trigger
from orchestrator.planning.looks import looks_of
from orchestrator.scheduling.due import Rhythm, first_due
from orchestrator.scheduling.groups import Group
from orchestrator.store.documents import to_json


@dataclass(frozen=True)
class Words:
    """What a person said about a schedule at run time."""

    enabled: bool = True
    """False where it was paused."""
    adjusted: Mapping[str, Any] = field(default_factory=dict)
    """What is different from the file, as ``Adjustment`` has it."""

    @property
    def tell_times(self) -> bool:
        """Whether they say when to look."""
        return not _TIMES.isdisjoint(self.adjusted)

    def beside(self, own: "Words") -> "Words":
        """Return what of them is taken over by a schedule of which these were said: its own adjustments stay."""
        return Words(self.enabled, {} if own.adjusted else self.adjusted)


NO_WORDS = Words()
_TIMES = frozenset({"every_seconds", "cron"})


@dataclass(frozen=True)
class Stored:
    """A schedule as the database has it."""

    name: str
    trigger: Mapping[str, Any]
    jitter: float
    retired: bool
    next_due: datetime | None = None
    words: Words = NO_WORDS


@dataclass(frozen=True)
class Entry:
    """A schedule to be written; ``due`` is None where the one that it has stays."""

    group: Group
    jitter: float
    due: datetime | None
    words: Words = NO_WORDS
    """What it takes over from the schedule that all of its targets come from, beside what was said of itself."""

    @property
    def terms(self) -> Mapping[str, Any]:
        """What the file says about its times, by the statement's names."""
        timing = self.group.timing
        return {
            "every": self.group.every_seconds,
            "jitter": self.jitter,
            "cron": timing.cron,
            "zone": timing.zone,
            "catch_up": timing.catch_up,
        }


@dataclass(frozen=True)
class Changes:
    """Names of schedules: what is new, changed, retired since the watchlist no longer has it, and as it was."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    heirs: tuple[str, ...] = ()
    """Of the new ones, those that take over a pause or an adjustment."""


@dataclass(frozen=True)
class Edit:
    """Everything that has to be written, and what to say about it."""

    entries: tuple[Entry, ...]
    changes: Changes


def edit(groups: Iterable[Group], *, stored: Iterable[Stored], jitter: float, now: datetime) -> Edit:
    """Return how to bring what is stored for a watchlist to its groups.

    A schedule that gains something never looked at before, a target or a way to look at one, falls due at once; any
    other keeps its time. One that follows the clock falls due by the clock alone. A new one all of whose targets come
    from one that a person paused or adjusted takes that over.
    """
    wanted = {group.name: group for group in groups}
    known = {each.name: each for each in stored}
    touched = [
        group for group in wanted.values() if not _same(group, known.get(group.name), jitter=_jitter(group, jitter))
    ]
    entries = tuple(_entry(group, known, jitter=jitter, now=now) for group in touched)
    names = {group.name for group in touched}
    changes = Changes(
        added=tuple(name for name in wanted if name in names and _gone(known.get(name))),
        changed=tuple(name for name in wanted if name in names and not _gone(known.get(name))),
        retired=tuple(name for name in known if name not in wanted and not known[name].retired),
        unchanged=tuple(name for name in wanted if name not in names),
        heirs=tuple(entry.group.name for entry in entries if entry.words != NO_WORDS),
    )
    return Edit(entries, changes)


def _entry(group: Group, known: Mapping[str, Stored], *, jitter: float, now: datetime) -> Entry:
    """Return what is to be written for a group; a rhythm that is taken over keeps its time."""
    stored = known.get(group.name)
    source = source_of(group.trigger, known.values()) if _gone(stored) else None
    due = _due(group, stored, now=now)
    if source is None:
        return Entry(group, _jitter(group, jitter), due=due)
    words = source.words.beside(stored.words if stored else NO_WORDS)
    return Entry(group, _jitter(group, jitter), due=source.next_due if words.tell_times else due, words=words)


def source_of(trigger: Trigger, stored: Iterable[Stored]) -> Stored | None:
    """Return the schedule in force that has all of a trigger's targets, if a person paused or adjusted it.

    Advisories stand in several schedules: of those that have them all, the one with the fewest targets counts.
    """
    own = frozenset(target.id for target in trigger.targets)
    having = [(len(ids), each) for each in stored if not each.retired and own <= (ids := _ids(each.trigger))]
    fewest = min((number for number, _ in having), default=0)
    nearest = [each for number, each in having if number == fewest]
    if not nearest or any(each.words == NO_WORDS or each.words != nearest[0].words for each in nearest):
        return None
    return nearest[0]


def _jitter(group: Group, jitter: float) -> float:
    """Return a group's jitter: times of the clock have none."""
    return 0.0 if group.timing.cron else jitter


def _gone(stored: Stored | None) -> bool:
    """Whether a schedule is not in force: never stored, or retired."""
    return stored is None or stored.retired


def _same(group: Group, stored: Stored | None, *, jitter: float) -> bool:
    """Whether what is stored says what the group says; its name holds how often."""
    if stored is None or stored.retired or stored.jitter != jitter:
        return False
    return bool(json.loads(to_json(group.trigger)) == stored.trigger)


def _due(group: Group, stored: Stored | None, *, now: datetime) -> datetime | None:
    """Return when a schedule falls due now; None where it keeps the time that it has."""
    rhythm = Rhythm(group.name, group.every_seconds, cron=group.cron)
    if stored is None or stored.retired:
        return first_due(rhythm, now=now)
    new = _looks(group.trigger.model_dump()) - _looks(stored.trigger)
    return first_due(rhythm, now=now) if new and not group.cron else None


def _looks(trigger: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Return each target's id with each way it is looked at; nothing for what this version can no longer read."""
    return frozenset((target.id, look) for target in _targets(trigger) for look in looks_of(target) or ("",))


def _ids(trigger: Mapping[str, Any]) -> frozenset[str]:
    """Return its targets' ids."""
    return frozenset(target.id for target in _targets(trigger))


def _targets(trigger: Mapping[str, Any]) -> tuple[Target, ...]:
    """Return a trigger's targets; none where this version can no longer read it."""
    try:
        return Trigger.model_validate(trigger).targets
    except ValidationError:
        return ()
