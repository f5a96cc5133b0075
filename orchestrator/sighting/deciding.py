"""What a release or an advisory that was not known before comes to: a trigger about the targets that it concerns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from pydantic import JsonValue

from agents.analysis.advisories.fields import moment
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Heading, read_heading
from agents.contract import Evidence, Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind

SOURCE = "sighting"
"""What these triggers say of where they come from."""
MOST_ALIASES = 100
"""Other names of one advisory that count: a record names a handful."""
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
    """Something to follow: about whom, and every name that it must not be followed under again for these."""

    kind: TriggerKind
    subject: str
    users: tuple[Target, ...]
    """Whom it concerns."""
    names: tuple[str, ...]
    beside: tuple[Target, ...] = ()
    """What they are compared with."""
    as_of: datetime | None = None
    options: Mapping[str, JsonValue] = field(default_factory=dict)

    def trigger(self, *, known: Iterable[str]) -> Trigger | None:
        """Return the trigger for those who had no run about it yet; None where all had one."""
        had = frozenset(known)
        users = tuple(user for user in self.users if user.id not in had)
        if not users:
            return None
        return Trigger(
            kind=self.kind,
            targets=(*users, *self.beside),
            subject=self.subject,
            as_of=self.as_of,
            options=self.options,
            key=self._key(users),
            source=SOURCE,
        )

    def _key(self, users: Iterable[Target]) -> str:
        """Return an advisory's key: one run for the same users. A release's own key names its target already."""
        if self.kind is TriggerKind.RELEASE:
            return ""
        ids = "\x1f".join(sorted(user.id for user in users))
        return f"{min(self.names, key=_rank)}:{sha256(ids.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def follow(sight: Sight, *, users: Iterable[Target], since: datetime) -> Follow | None:
    """Return what becomes of something new; None where it is too old, undated, or concerns nobody.

    ``users`` are the targets that use a package which an advisory is about.
    """
    if not _is_young(sight.evidence, since=since):
        return None
    return _advisory(sight, users=tuple(users)) if sight.evidence.kind == "advisory" else _release(sight)


def packages_of(evidence: Evidence, *, since: datetime) -> frozenset[Package]:
    """Return what a young advisory is about; nothing for what was withdrawn or is no advisory."""
    if evidence.kind != "advisory" or not _is_young(evidence, since=since):
        return frozenset()
    heading = read_heading(evidence)
    return frozenset() if heading.withdrawn else heading.packages


def _is_young(evidence: Evidence, *, since: datetime) -> bool:
    """Whether it was published since then: an advisory's evidence has the time of its last change."""
    published = moment(evidence.data, "published") if evidence.kind == "advisory" else None
    at = published or evidence.at
    return at is not None and at >= since


def _release(sight: Sight) -> Follow | None:
    """Return what follows from a release that people can have."""
    evidence, data = sight.evidence, sight.evidence.data
    own = tuple(target for target in sight.targets if target.id == evidence.target)
    if not own or any(data.get(name) is True for name in ("draft", "prerelease", "yanked")):
        return None
    version = evidence.key[:_LONGEST_SUBJECT]
    return Follow(
        TriggerKind.RELEASE,
        subject=version,
        users=own[:1],
        names=(f"release:{evidence.target}:{version.lower().removeprefix('v')}",),
        beside=_advisories(sight.targets),
        as_of=evidence.at,
        options=_options(sight),
    )


def _advisory(sight: Sight, *, users: Sequence[Target]) -> Follow | None:
    """Return what follows from an advisory about what somebody uses; it has no time, which sources tell differently."""
    heading = read_heading(sight.evidence)
    if not users or heading.withdrawn or not heading.id:
        return None
    names = _names(heading)
    return Follow(
        TriggerKind.ADVISORY,
        subject=names[0],
        users=tuple(users),
        names=tuple(dict.fromkeys(f"advisory:{name.upper()}" for name in names)),
        beside=_advisories(sight.targets),
        options={**_options(sight), **({"aliases": [*names[1:]]} if names[1:] else {})},
    )


def _names(heading: Heading) -> tuple[str, ...]:
    """Return an advisory's own id, then its other ones."""
    names = dict.fromkeys(name[:_LONGEST_SUBJECT] for name in (heading.id, *heading.aliases))
    return tuple(names)[: 1 + MOST_ALIASES]


def _rank(name: str) -> tuple[int, str]:
    """Order the names of one advisory: CVE, then GHSA, then the others by name."""
    own = name.partition(":")[2]
    return (0 if own.startswith("CVE-") else 1 if own.startswith("GHSA-") else 2), name


def _advisories(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Return what a run compares with."""
    return tuple(target for target in targets if target.kind is TargetKind.ADVISORIES)


def _options(sight: Sight) -> dict[str, JsonValue]:
    """Return what is taken over of the run's options."""
    return {name: sight.options[name] for name in _KEPT if name in sight.options}
