"""What a release or an advisory that was not known before comes to: a trigger about the targets that it concerns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Heading, read_heading
from agents.contract import Evidence, Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind

SOURCE = "sighting"
"""What these triggers say of where they come from."""
_KEPT = ("respond", "hold_report", "watchlist", "label")
"""What a run takes over of the one that saw it."""
_LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Sight:
    """Something new, and the run that saw it first."""

    evidence: Evidence
    targets: tuple[Target, ...]
    """All that the run looked at."""
    options: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Follow:
    """A trigger, and every name that it must not be followed under again."""

    trigger: Trigger
    names: tuple[str, ...]


def follow(sight: Sight, *, users: Iterable[Target], since: datetime) -> Follow | None:
    """Return what becomes of something new; None where it is too old, undated, or concerns nobody.

    ``users`` are the targets that use a package which an advisory is about.
    """
    evidence = sight.evidence
    if evidence.at is None or evidence.at < since:
        return None
    return _advisory(sight, users=tuple(users)) if evidence.kind == "advisory" else _release(sight)


def packages_of(evidence: Evidence) -> frozenset[Package]:
    """Return what an advisory is about; nothing for what was withdrawn or is no advisory."""
    if evidence.kind != "advisory":
        return frozenset()
    heading = read_heading(evidence)
    return frozenset() if heading.withdrawn else heading.packages


def _release(sight: Sight) -> Follow | None:
    """Return the trigger of a release that people can have."""
    evidence, data = sight.evidence, sight.evidence.data
    own = tuple(target for target in sight.targets if target.id == evidence.target)
    if not own or any(data.get(name) is True for name in ("draft", "prerelease", "yanked")):
        return None
    version = evidence.key[:_LONGEST_SUBJECT]
    trigger = Trigger(
        kind=TriggerKind.RELEASE,
        targets=(*own, *_advisories(sight.targets)),
        subject=version,
        as_of=evidence.at,
        options=_options(sight),
        source=SOURCE,
    )
    return Follow(trigger, (f"release:{evidence.target}:{version.lower().removeprefix('v')}",))


def _advisory(sight: Sight, *, users: Sequence[Target]) -> Follow | None:
    """Return the trigger of an advisory about what somebody uses; it has no time, which sources tell differently."""
    heading = read_heading(sight.evidence)
    if not users or heading.withdrawn or not heading.id:
        return None
    names = _names(heading)
    options = {**_options(sight), **({"aliases": [*names[1:]]} if names[1:] else {})}
    trigger = Trigger(
        kind=TriggerKind.ADVISORY,
        targets=(*users, *_advisories(sight.targets)),
        subject=names[0],
        options=options,
        source=SOURCE,
    )
    return Follow(trigger, tuple(f"advisory:{name.upper()}" for name in names))


def _names(heading: Heading) -> tuple[str, ...]:
    """Return an advisory's own id, then its other ones."""
    return tuple(dict.fromkeys(name[:_LONGEST_SUBJECT] for name in (heading.id, *heading.aliases)))


def _advisories(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Return what a run compares with."""
    return tuple(target for target in targets if target.kind is TargetKind.ADVISORIES)


def _options(sight: Sight) -> dict[str, JsonValue]:
    """Return what is taken over of the run's options."""
    return {name: sight.options[name] for name in _KEPT if name in sight.options}
