"""The nearest version that is known to be out of every advisory about a package, and how far away it is.

Where the package's releases are known, only they count, and of them only what was neither taken back nor a
pre-release. Where they are not, the fixes that advisories name stand in, pre-releases left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from agents.analysis.advisories.distance import distance
from agents.analysis.advisories.matching import VERSIONED, Outcome, judge
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.prerelease import is_prerelease
from agents.analysis.advisories.record import Advisory
from agents.analysis.advisories.release import Release
from agents.analysis.versions import UnknownEcosystemError, VersionOrder, order


@dataclass(frozen=True)
class Upgrade:
    """From one version to another; ``distance`` is ``major``, ``minor`` or ``patch``."""

    current: str
    version: str
    distance: str
    releases: int | None = None
    """How many releases on it is, itself included; None where the package's releases are not known."""
    evidence: str = field(default="", compare=False)
    """Id of the evidence that it exists; empty where nobody listed the package's releases."""

    @property
    def far(self) -> str:
        """How far it is, in words: ``minor``, or ``minor, 3 releases on`` where that is known."""
        if self.releases is None:
            return self.distance
        return f"{self.distance}, {self.releases} release{'' if self.releases == 1 else 's'} on"


def find_upgrade(
    package: Package,
    current: str,
    *,
    matched: Sequence[Advisory],
    known: Sequence[Advisory],
    releases: Sequence[Release] | None = None,
) -> Upgrade | None:
    """Return the lowest version above the current one that is out of every advisory; None where none is known.

    Candidates are the ``releases``, in the order of their versions, else the fixes that any known advisory names. One
    counts where no ``known`` advisory about the package holds for it, and every ``matched`` one is surely over.
    """
    try:
        versions = order(package.ecosystem)
    except UnknownEcosystemError:
        return None
    above = [one for one in candidates(package, known, releases) if versions.compare(one.version, current) > 0]
    for one in sorted(above, key=lambda one: (versions.key(one.version), one.version)):
        if is_out(package, one.version, matched=matched, known=known):
            reached = versions.key(one.version)
            passed = {key for other in above if (key := versions.key(other.version)) <= reached}
            count = None if releases is None else len(passed)
            return Upgrade(current, one.version, distance(current, one.version), count, one.evidence)
    return None


def candidates(package: Package, known: Sequence[Advisory], releases: Sequence[Release] | None) -> Iterator[Release]:
    """Yield what one may go to: the final releases, else the fixes that advisories name."""
    if releases is not None:
        yield from (release for release in releases if release.final)
        return
    for version in sorted(set(fixes(package, known))):
        if not is_prerelease(package.ecosystem, version):
            yield Release(version)


def find_retreat(
    package: Package, current: str, *, known: Sequence[Advisory], releases: Sequence[Release] | None
) -> str:
    """Return the highest release below the current one that no advisory holds for; empty where none is known."""
    try:
        versions = order(package.ecosystem)
    except UnknownEcosystemError:
        return ""
    final = (one.version for one in releases or () if one.final)
    below = [version for version in final if versions.compare(version, current) < 0]
    for version in sorted(below, key=lambda version: (versions.key(version), version), reverse=True):
        if is_out(package, version, matched=(), known=known):
            return version
    return ""


def fixes(package: Package, advisories: Iterable[Advisory]) -> Iterable[str]:
    """Yield every fixed version that the advisories name for the package; commits are none."""
    for advisory in advisories:
        for affected in advisory.about(package):
            for entry in affected.ranges:
                if entry.kind in VERSIONED:
                    yield from (event.version for event in entry.events if event.kind == "fixed")


def is_out(package: Package, version: str, *, matched: Sequence[Advisory], known: Sequence[Advisory]) -> bool:
    """Whether the version is surely out of the matched advisories, and not known to be in any other."""
    return all(
        judge(advisory.about(package), version).outcome is Outcome.NOT_AFFECTED for advisory in matched
    ) and not any(judge(advisory.about(package), version).affected for advisory in known)


def own_fix(package: Package, current: str, *, advisory: Advisory, versions: VersionOrder) -> str:
    """Return the version in which one advisory alone says the flaw is over; empty where it names none."""
    above = [version for version in fixes(package, [advisory]) if versions.compare(version, current) > 0]
    out = [version for version in above if is_out(package, version, matched=[advisory], known=[])]
    return min(out, key=lambda version: (versions.key(version), version), default="")
