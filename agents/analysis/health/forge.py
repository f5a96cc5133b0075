"""What a forge tells of a repository beyond its history: issues, pull requests, advisories, the repository itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from agents.analysis.advisories.record import Advisory, Affected, read_advisory
from agents.analysis.health.tickets import ISSUES, PULLS, Ticket, as_of, read_tickets
from agents.analysis.severity import assess
from agents.contract import Evidence, Severity

REPOSITORY, ADVISORIES = "repository", "advisory"
FORGE_KINDS = (ISSUES, PULLS, REPOSITORY, ADVISORIES)
SOURCE = "github"
"""Advisories of other sources tell of what a repository uses, not of the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What the forge says of the repository as a whole; ``full_name`` is a stranger's text."""

    full_name: str
    licence: str
    """SPDX's id; ``NOASSERTION`` where there is one that the forge does not know; empty where there is none."""
    archived: bool
    disabled: bool
    fork: bool
    evidence: str
    stars: int | None = None
    forks: int | None = None

    @property
    def closed(self) -> bool:
        """Whether nobody can commit to it."""
        return self.archived or self.disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """An advisory that the repository published about itself."""

    id: str
    severity: Severity
    published: datetime | None
    fixed: bool | None
    """Whether each of its packages has a version that mends it; None where it names no package."""
    url: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forge:
    """What the forge told up to a moment, each list in order of time."""

    issues: tuple[Ticket, ...] = ()
    pulls: tuple[Ticket, ...] = ()
    advisories: tuple[Disclosed, ...] = ()
    repository: Repository | None = None

    def at(self, moment: datetime) -> "Forge":
        """Return what the forge would have told at an earlier moment; the repository's state then is not known."""
        published = (one for one in self.advisories if one.published is not None and one.published <= moment)
        return replace(
            self,
            issues=as_of(self.issues, moment),
            pulls=as_of(self.pulls, moment),
            advisories=tuple(published),
            repository=None,
        )


def read_forge(evidence: Iterable[Evidence], *, now: datetime) -> Forge:
    """Return what the evidence tells up to ``now``. Lenient: what cannot be read is left out."""
    by_kind: dict[str, dict[str, Evidence]] = {kind: {} for kind in FORGE_KINDS}
    for item in evidence:
        by_kind.setdefault(item.kind, {})[item.key] = item
    own = (item for item in by_kind[ADVISORIES].values() if item.source == SOURCE)
    told = [one for item in own if (one := _disclosed(item)) is not None]
    repositories = [by_kind[REPOSITORY][key] for key in sorted(by_kind[REPOSITORY])]
    return Forge(
        issues=read_tickets(by_kind[ISSUES].values(), now=now),
        pulls=read_tickets(by_kind[PULLS].values(), now=now),
        advisories=tuple(sorted((one for one in told if one.published is None or one.published <= now), key=_order)),
        repository=_repository(repositories[-1]) if repositories else None,
    )


def _order(one: Disclosed) -> tuple[float, str]:
    return one.published.timestamp() if one.published else 0.0, one.id


def _disclosed(item: Evidence) -> Disclosed | None:
    advisory = read_advisory(item)
    if advisory is None or advisory.withdrawn:
        return None
    said: list[Advisory | Affected] = [advisory, *advisory.affected]
    ratings = [pair for rating in said for pair in rating.severity]
    labels = [rating.label for rating in said if rating.label]
    return Disclosed(
        id=advisory.id,
        severity=assess(ratings, labels=labels).severity,
        published=advisory.published or item.at,
        fixed=_fixed(advisory),
        url=item.url,
        evidence=item.id,
    )


def _fixed(advisory: Advisory) -> bool | None:
    if not advisory.affected:
        return None
    return all(any(event.kind == "fixed" for span in one.ranges for event in span.events) for one in advisory.affected)


def _repository(item: Evidence) -> Repository:
    data = item.data
    return Repository(
        full_name=_text(data, "full_name") or item.title,
        licence=_text(data, "license"),
        archived=data.get("archived") is True,
        disabled=data.get("disabled") is True,
        fork=data.get("fork") is True,
        evidence=item.id,
        stars=_count(data, "stars"),
        forks=_count(data, "forks"),
    )


def _text(data: Mapping[str, JsonValue], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _count(data: Mapping[str, JsonValue], name: str) -> int | None:
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
