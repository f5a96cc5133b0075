"""Which packages in use are exposed to which flaws: one exposure for each flaw and package, over all databases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.analysis.advisories.blocked import Blocked, find_blocked
from agents.analysis.advisories.dependency import Dependency
from agents.analysis.advisories.index import AdvisoryIndex
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.opinions import Flaw, Opinion, Opinions, disagreement, judge_package
from agents.analysis.advisories.record import Advisory
from agents.analysis.advisories.release import Release, ReleasesOf, unlisted
from agents.analysis.advisories.upgrade import Upgrade, find_retreat, find_upgrade


@dataclass(frozen=True)
class Exposure:
    """One flaw that a package in use has."""

    package: Package
    ids: tuple[str, ...]
    """All ids of the flaw, the canonical one first."""
    advisories: tuple[Advisory, ...]
    """The records that hold for a version in use."""
    dependencies: tuple[Dependency, ...]
    """Where the affected versions are used."""
    reasons: tuple[str, ...]
    upgrades: tuple[Upgrade, ...]
    """One for each affected version for which a way out is known."""
    disagreement: tuple[Opinion, ...]
    records: tuple[Advisory, ...] = ()
    """All records of the flaw about this package, those that hold for no version in use as well."""
    blocked: tuple[Blocked, ...] = ()
    """Fixes that are named for versions without a way out, and why nobody can go to them."""
    retreats: tuple[tuple[str, str], ...] = ()
    """For harmful versions without a way out: from which to which earlier release without a flaw one can go back."""

    @property
    def malicious(self) -> bool:
        """Whether the package, or the versions in use, were made to do harm."""
        return harm(self.advisories)

    @property
    def published(self) -> datetime | None:
        """When the flaw was first published; None where no record says it."""
        return min((advisory.published for advisory in self.advisories if advisory.published), default=None)

    @property
    def canonical(self) -> str:
        """The id that stands for the flaw."""
        return self.ids[0]

    @property
    def versions(self) -> tuple[str, ...]:
        """The affected versions in use, as their manifests write them; what has none is left out."""
        return tuple(dict.fromkeys(dependency.version for dependency in self.dependencies if dependency.version))

    @property
    def stuck(self) -> tuple[str, ...]:
        """The affected versions in use for which no way out is known."""
        free = {step.current for step in self.upgrades}
        return tuple(version for version in self.versions if version not in free)


@dataclass(frozen=True)
class Unjudged:
    """A flaw that may or may not hold for a version: no database says anything that can be compared."""

    package: Package
    version: str
    canonical: str
    reason: str


@dataclass(frozen=True)
class Exposures:
    """All that was found for one target, in the order of packages and ids."""

    found: tuple[Exposure, ...]
    unjudged: tuple[Unjudged, ...]


def find_exposures(
    dependencies: Iterable[Dependency], index: AdvisoryIndex, *, releases: ReleasesOf = unlisted
) -> Exposures:
    """Return which of the dependencies are exposed, and what could not be judged.

    What has no version is exposed only to what holds for every version of a package made to do harm. ``releases`` are
    asked for of exposed packages alone.
    """
    used: dict[Package, list[Dependency]] = {}
    for dependency in dependencies:
        used.setdefault(dependency.package, []).append(dependency)
    found: list[Exposure] = []
    unjudged: list[Unjudged] = []
    for package in sorted(used):
        dependencies = sorted(used[package], key=lambda one: (one.version, one.file, one.name, one.evidence))
        judged = judge_package(package, dependencies, index)
        found += exposures_of(package, dependencies, index, judged, releases=releases)
        unjudged += unjudged_of(package, index, judged)
    return Exposures(tuple(found), tuple(unjudged))


def exposures_of(
    package: Package,
    dependencies: Sequence[Dependency],
    index: AdvisoryIndex,
    judged: dict[Flaw, list[Opinions]],
    *,
    releases: ReleasesOf,
) -> Iterator[Exposure]:
    """Yield the package's exposures in the order of their flaws."""
    matched = {flaw: hits for flaw, said in judged.items() if (hits := [one for one in said if one.affected])}
    if not matched:
        return
    listed = releases(package)
    upgrades = upgrades_of(package, judged, releases=listed)
    for flaw, hits in matched.items():
        versions = {opinions.version for opinions in hits}
        affected = distinct(advisory for opinions in hits for advisory in opinions.affected)
        yield Exposure(
            package=package,
            ids=index.groups[flaw[0].id],
            advisories=affected,
            dependencies=tuple(dependency for dependency in dependencies if dependency.version in versions),
            reasons=tuple(dict.fromkeys(reasons_of(hits))),
            upgrades=tuple(upgrades[version] for version in sorted(versions) if version in upgrades),
            disagreement=tuple(opinion for opinions in hits for opinion in disagreement(package, opinions)),
            records=flaw,
            blocked=blocked_of(package, versions - upgrades.keys(), matched=affected, releases=listed),
            retreats=retreats_of(package, versions - upgrades.keys(), judged, releases=listed)
            if harm(affected)
            else (),
        )


def harm(advisories: Iterable[Advisory]) -> bool:
    """Whether any of the records tells of a package made to do harm."""
    return any(advisory.malicious for advisory in advisories)


def distinct(advisories: Iterable[Advisory]) -> tuple[Advisory, ...]:
    """Return each record once, in the order given; two sources' records of one id are two."""
    return tuple({(advisory.id, advisory.evidence): advisory for advisory in advisories}.values())


def reasons_of(hits: Iterable[Opinions]) -> Iterator[str]:
    """Yield why each record holds: ``PYSEC-2023-1: version 1.0 is in the range introduced 0, fixed 1.2``."""
    for opinions in hits:
        for advisory, verdict in opinions.by_advisory:
            if verdict.affected:
                yield f"{advisory.id}: {verdict.reason}"


def upgrades_of(
    package: Package, judged: dict[Flaw, list[Opinions]], *, releases: Sequence[Release] | None
) -> dict[str, Upgrade]:
    """Return for every affected version the nearest way out of all flaws at once, where one is known."""
    known = [advisory for flaw in judged for advisory in flaw]
    matched: dict[str, list[Advisory]] = {}
    for said in judged.values():
        for opinions in said:
            matched.setdefault(opinions.version, []).extend(opinions.affected)
    found = {
        version: find_upgrade(package, version, matched=advisories, known=known, releases=releases)
        for version, advisories in matched.items()
        if version and advisories
    }
    return {version: upgrade for version, upgrade in found.items() if upgrade}


def blocked_of(
    package: Package, versions: Iterable[str], *, matched: Sequence[Advisory], releases: Sequence[Release] | None
) -> tuple[Blocked, ...]:
    """Return the fixes that are named for versions without a way out, each once."""
    found = (
        blocked
        for version in sorted(versions)
        if version
        for blocked in find_blocked(package, version, matched=matched, releases=releases)
    )
    return tuple(dict.fromkeys(found))


def retreats_of(
    package: Package,
    versions: Iterable[str],
    judged: dict[Flaw, list[Opinions]],
    *,
    releases: Sequence[Release] | None,
) -> tuple[tuple[str, str], ...]:
    """Return from which version to which earlier release one can go back, where there is one without any flaw."""
    known = [advisory for flaw in judged for advisory in flaw]
    found = ((one, find_retreat(package, one, known=known, releases=releases)) for one in sorted(versions) if one)
    return tuple((current, version) for current, version in found if version)


def unjudged_of(package: Package, index: AdvisoryIndex, judged: dict[Flaw, list[Opinions]]) -> Iterator[Unjudged]:
    """Yield the flaws and versions that nothing can be said of."""
    for flaw, said in judged.items():
        for opinions in said:
            if opinions.version and opinions.open:
                yield Unjudged(package, opinions.version, index.canonical(flaw[0]), opinions.open)
