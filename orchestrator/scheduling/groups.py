"""A watchlist in groups of one age: whatever may get equally old is looked at together, by one schedule."""

from collections.abc import Iterable
from dataclasses import dataclass

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.domain.watchlist import Watchlist
from orchestrator.planning.looks import EXPOSURE, looks_of
from orchestrator.planning.priority import SCHEDULE
from orchestrator.store.documents import clean_text

_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


@dataclass(frozen=True)
class Group:
    """Targets that are looked at together, and how often."""

    name: str
    """The schedule's name: the watchlist's with the age, such as ``stack/1d``."""
    every_seconds: int
    targets: tuple[Target, ...]

    @property
    def trigger(self) -> Trigger:
        """What the schedule fires; each occurrence adds the time when it was due."""
        return Trigger(kind=TriggerKind.MONITOR, targets=self.targets, subject=self.name, source=SCHEDULE)


def groups_of(watchlist: Watchlist) -> tuple[Group, ...]:
    """Return a watchlist's groups, the most frequent first, their targets in the file's order.

    A group with a target that is compared with advisories also holds all of the watchlist's advisories, whatever age
    of their own they have: an unchanged folder costs nothing to look at again.
    """
    ages = sorted({target.max_age_seconds for target in watchlist.targets})
    return tuple(
        Group(
            name=f"{clean_text(watchlist.name)}/{age_text(age)}",
            every_seconds=age,
            targets=_members(watchlist.targets, age=age),
        )
        for age in ages
    )


def age_text(seconds: int) -> str:
    """Return an age exactly, as a watchlist spells it: ``1d12h``. Two ages never share a text."""
    parts = []
    left = seconds
    for unit, length in _UNITS:
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def _members(targets: Iterable[Target], *, age: int) -> tuple[Target, ...]:
    """Return the targets of one age, with the advisories that they are compared with."""
    everyone = tuple(targets)
    compared = any(EXPOSURE in looks_of(target) for target in everyone if target.max_age_seconds == age)
    return tuple(
        target
        for target in everyone
        if target.max_age_seconds == age or (compared and target.kind is TargetKind.ADVISORIES)
    )
