"""Which packages in use are exposed to which flaws: one exposure for each flaw and package, over all databases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agents.analysis.advisories.dependency import Dependency
from agents.analysis.advisories.index import AdvisoryIndex
from agents.analysis.advisories.matching import Outcome, Verdict, judge
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Advisory
from agents.analysis.advisories.upgrade import Upgrade, find_upgrade, own_fix
from agents.analysis.versions import UnknownEcosystemError, order


@dataclass(frozen=True)
class Opinion:
    """What one database says of one version, kept where the databases disagree."""

    advisory: str
    version: str
    outcome: Outcome
    fixed: str
    """The version in which it says the flaw is over; empty where it names none."""


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

    @property
    def canonical(self) -> str:
        """The id that stands for the flaw."""
        return self.ids[0]

    @property
    def versions(self) -> tuple[str, ...]:
        """The affected versions in use, as their manifests write them."""
        return tuple(dict.fromkeys(dependency.version for dependency in self.dependencies))


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


@dataclass(frozen=True)
class Opinions:
    """Verdicts of all databases about one flaw and one version."""

    version: str
    by_advisory: tuple[tuple[Advisory, Verdict], ...]

    @property
    def affected(self) -> tuple[Advisory, ...]:
        """The records that hold for the version."""
        return tuple(advisory for advisory, verdict in self.by_advisory if verdict.affected)

    @property
    def open(self) -> str:
        """Why nothing can be said; empty where one database at least says yes or no."""
        if any(verdict.outcome is not Outcome.UNKNOWN for _, verdict in self.by_advisory):
            return ""
        return self.by_advisory[0][1].reason


Flaw = tuple[Advisory, ...]


def find_exposures(dependencies: Iterable[Dependency], index: AdvisoryIndex) -> Exposures:
    """Return which of the dependencies with a version are exposed, and what could not be judged."""
    used: dict[Package, list[Dependency]] = {}
    for dependency in dependencies:
        if dependency.version:
            used.setdefault(dependency.package, []).append(dependency)
    found: list[Exposure] = []
    unjudged: list[Unjudged] = []
    for package in sorted(used):
        dependencies = sorted(used[package], key=lambda one: (one.version, one.file, one.name, one.evidence))
        judged = judge_package(package, dependencies, index)
        found += exposures_of(package, dependencies, index, judged)
        unjudged += unjudged_of(package, index, judged)
    return Exposures(tuple(found), tuple(unjudged))


def judge_package(
    package: Package, dependencies: Sequence[Dependency], index: AdvisoryIndex
) -> dict[Flaw, list[Opinions]]:
    """Return for every flaw that is known of the package what is said of every version in use."""
    versions = sorted({dependency.version for dependency in dependencies})
    return {
        flaw: [
            Opinions(version, tuple((advisory, judge(advisory.about(package), version)) for advisory in flaw))
            for version in versions
        ]
        for flaw in index.about(package)
    }


def exposures_of(
    package: Package, dependencies: Sequence[Dependency], index: AdvisoryIndex, judged: dict[Flaw, list[Opinions]]
) -> Iterator[Exposure]:
    """Yield the package's exposures in the order of their flaws."""
    upgrades = upgrades_of(package, judged)
    for flaw, said in judged.items():
        hits = [opinions for opinions in said if opinions.affected]
        if not hits:
            continue
        versions = {opinions.version for opinions in hits}
        yield Exposure(
            package=package,
            ids=index.groups[flaw[0].id],
            advisories=tuple(dict.fromkeys(advisory for opinions in hits for advisory in opinions.affected)),
            dependencies=tuple(dependency for dependency in dependencies if dependency.version in versions),
            reasons=tuple(dict.fromkeys(reasons_of(hits))),
            upgrades=tuple(upgrades[version] for version in sorted(versions) if version in upgrades),
            disagreement=tuple(opinion for opinions in hits for opinion in disagreement(package, opinions)),
        )


def reasons_of(hits: Iterable[Opinions]) -> Iterator[str]:
    """Yield why each record holds: ``PYSEC-2023-1: version 1.0 is in the range introduced 0, fixed 1.2``."""
    for opinions in hits:
        for advisory, verdict in opinions.by_advisory:
            if verdict.affected:
                yield f"{advisory.id}: {verdict.reason}"


def upgrades_of(package: Package, judged: dict[Flaw, list[Opinions]]) -> dict[str, Upgrade]:
    """Return for every affected version the nearest way out of all flaws at once, where one is known."""
    known = [advisory for flaw in judged for advisory in flaw]
    matched: dict[str, list[Advisory]] = {}
    for said in judged.values():
        for opinions in said:
            matched.setdefault(opinions.version, []).extend(opinions.affected)
    return {
        version: upgrade
        for version, advisories in matched.items()
        if advisories and (upgrade := find_upgrade(package, version, matched=advisories, known=known))
    }


def unjudged_of(package: Package, index: AdvisoryIndex, judged: dict[Flaw, list[Opinions]]) -> Iterator[Unjudged]:
    """Yield the flaws and versions that nothing can be said of."""
    for flaw, said in judged.items():
        for opinions in said:
            if opinions.open:
                yield Unjudged(package, opinions.version, index.canonical(flaw[0]), opinions.open)


def disagreement(package: Package, opinions: Opinions) -> tuple[Opinion, ...]:
    """Return what each database says of a version, where they do not say the same.

    A database that says nothing comparable, or names no fix, contradicts nobody.
    """
    try:
        versions = order(package.ecosystem)
    except UnknownEcosystemError:
        return ()
    said = [
        Opinion(
            advisory.id,
            opinions.version,
            verdict.outcome,
            own_fix(package, opinions.version, advisory=advisory, versions=versions) if verdict.affected else "",
        )
        for advisory, verdict in opinions.by_advisory
        if verdict.outcome is not Outcome.UNKNOWN
    ]
    outcomes = {opinion.outcome for opinion in said}
    fixes = {versions.key(opinion.fixed) for opinion in said if opinion.fixed}
    return tuple(said) if len(outcomes) > 1 or len(fixes) > 1 else ()
