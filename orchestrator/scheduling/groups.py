"""A watchlist in groups of one rhythm: what may get equally old, or has the same times, is looked at together."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.domain.watchlist import CatchUp, Timing, Watchlist
from orchestrator.planning.crons import Cron
from orchestrator.planning.looks import EXPOSURE, looks_of
from orchestrator.planning.priority import SCHEDULE
from orchestrator.store.documents import clean_text

_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


@dataclass(frozen=True)
class Group:
    """Targets that are looked at together, and how often."""

    name: str
    """The schedule's name: the watchlist's with the rhythm, such as ``stack/1d`` or ``stack/0 6 * * 1-5``."""
    every_seconds: float
    """How often; where times of the clock are given, about how often."""
    targets: tuple[Target, ...]
    timing: Timing = field(default_factory=Timing)
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    """What each of its triggers asks for beside: the watchlist's rules of response."""

    @property
    def cron(self) -> Cron | None:
        """The times of the clock; None where the age decides."""
        return Cron(self.timing.cron, self.timing.zone) if self.timing.cron else None

    @property
    def trigger(self) -> Trigger:
        """What the schedule fires; each occurrence adds the time when it was due."""
        return Trigger(
            kind=TriggerKind.MONITOR,
            targets=self.targets,
            subject=self.name,
            options=self.options,
            source=SCHEDULE,
        )


@dataclass(frozen=True)
class _Beat:
    """What the targets of one group have in common; ``age`` is 0 where times of the clock are given."""

    age: int
    timing: Timing

    @classmethod
    def of(cls, watchlist: Watchlist, target: Target) -> "_Beat":
        """Return a target's."""
        timing = watchlist.timing_of(target)
        return cls(0 if timing.cron else target.max_age_seconds, timing)

    @property
    def every_seconds(self) -> float:
        """How often, at least about."""
        return self.age or Cron(self.timing.cron, self.timing.zone).spacing_seconds

    @property
    def text(self) -> str:
        """Two groups never share it."""
        rhythm = age_text(self.age) if self.age else str(Cron(self.timing.cron, self.timing.zone))
        return rhythm if self.timing.catch_up is CatchUp.ONCE else f"{rhythm}+{self.timing.catch_up}"


def groups_of(watchlist: Watchlist) -> tuple[Group, ...]:
    """Return a watchlist's groups, the most frequent first, their targets in the file's order.

    A group with a target that is compared with advisories also holds all of the watchlist's advisories, whatever
    rhythm of their own they have: an unchanged folder costs nothing to look at again.
    """
    beats = {target.id: _Beat.of(watchlist, target) for target in watchlist.targets}
    return tuple(
        Group(
            name=f"{clean_text(watchlist.name)}/{beat.text}",
            every_seconds=beat.every_seconds,
            targets=_members(watchlist.targets, own={name for name, each in beats.items() if each == beat}),
            timing=beat.timing,
            options=watchlist.carried,
        )
        for beat in sorted(set(beats.values()), key=lambda beat: (beat.every_seconds, beat.text))
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


def _members(targets: Iterable[Target], *, own: Container[str]) -> tuple[Target, ...]:
    """Return the group's own targets, with the advisories that they are compared with."""
    everyone = tuple(targets)
    compared = any(EXPOSURE in looks_of(target) for target in everyone if target.id in own)
    return tuple(
        target for target in everyone if target.id in own or (compared and target.kind is TargetKind.ADVISORIES)
    )
