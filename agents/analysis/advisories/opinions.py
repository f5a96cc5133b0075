"""What each database says of one flaw and one version, and whether they say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.analysis.advisories.dependency import Dependency
from agents.analysis.advisories.harm import judge_record
from agents.analysis.advisories.index import AdvisoryIndex
from agents.analysis.advisories.matching import Outcome, Verdict
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Advisory
from agents.analysis.advisories.upgrade import own_fix
from agents.analysis.versions import UnknownEcosystemError, order

Flaw = tuple[Advisory, ...]
"""All records about one package that mean the same flaw."""


@dataclass(frozen=True)
class Opinion:
    """What one database says of one version, kept where the databases disagree."""

    advisory: str
    version: str
    outcome: Outcome
    fixed: str
    """The version in which it says the flaw is over; empty where it names none."""


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


def judge_package(
    package: Package, dependencies: Sequence[Dependency], index: AdvisoryIndex
) -> dict[Flaw, list[Opinions]]:
    """Return for every flaw that is known of the package what is said of every version in use.

    What has no version is asked about where a record tells of harm: such a package may be harmful as a whole.
    """
    used = sorted({dependency.version for dependency in dependencies})
    judged: dict[Flaw, list[Opinions]] = {}
    for flaw in index.about(package):
        harmful = any(advisory.malicious for advisory in flaw)
        versions = [version for version in used if version or harmful]
        judged[flaw] = [
            Opinions(version, tuple((advisory, judge_record(advisory, package, version)) for advisory in flaw))
            for version in versions
        ]
    return judged


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
    return tuple(dict.fromkeys(said)) if len(outcomes) > 1 or len(fixes) > 1 else ()
