"""What editing a watchlist changes in its schedules: decided here as a value, written down in ``schedules``."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from orchestrator.domain.triggers import Trigger
from orchestrator.planning.looks import looks_of
from orchestrator.scheduling.due import Rhythm, first_due
from orchestrator.scheduling.groups import Group
from orchestrator.store.documents import to_json


@dataclass(frozen=True)
class Stored:
    """A schedule as the database has it."""

    name: str
    trigger: Mapping[str, Any]
    jitter: float
    retired: bool


@dataclass(frozen=True)
class Entry:
    """A schedule to be written; ``due`` is None where the one that it has stays."""

    group: Group
    jitter: float
    due: datetime | None

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


@dataclass(frozen=True)
class Edit:
    """Everything that has to be written, and what to say about it."""

    entries: tuple[Entry, ...]
    changes: Changes


def edit(groups: Iterable[Group], *, stored: Iterable[Stored], jitter: float, now: datetime) -> Edit:
    """Return how to bring what is stored for a watchlist to its groups.

    A schedule that gains something never looked at before, a target or a way to look at one, falls due at once; any
    other keeps its time. One that follows the clock falls due by the clock alone.
    """
    wanted = {group.name: group for group in groups}
    known = {each.name: each for each in stored}
    touched = [
        group for group in wanted.values() if not _same(group, known.get(group.name), jitter=_jitter(group, jitter))
    ]
    entries = tuple(
        Entry(group, _jitter(group, jitter), due=_due(group, known.get(group.name), now=now)) for group in touched
    )
    names = {group.name for group in touched}
    changes = Changes(
        added=tuple(name for name in wanted if name in names and _gone(known.get(name))),
        changed=tuple(name for name in wanted if name in names and not _gone(known.get(name))),
        retired=tuple(name for name in known if name not in wanted and not known[name].retired),
        unchanged=tuple(name for name in wanted if name not in names),
    )
    return Edit(entries, changes)


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
    try:
        targets = Trigger.model_validate(trigger).targets
    except ValidationError:
        return frozenset()
    return frozenset((target.id, look) for target in targets for look in looks_of(target) or ("",))
