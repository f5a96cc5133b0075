"""Fixes that advisories name and that nobody can go to: taken back, pre-releases, or never seen by the index."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.analysis.advisories.names import Package
from agents.analysis.advisories.prerelease import is_prerelease
from agents.analysis.advisories.record import Advisory
from agents.analysis.advisories.release import Release
from agents.analysis.advisories.upgrade import fixes
from agents.analysis.versions import UnknownEcosystemError, VersionOrder, order


@dataclass(frozen=True)
class Blocked:
    """A fix that an advisory names and that one cannot go to, with the reason in words."""

    version: str
    why: str


def find_blocked(
    package: Package, current: str, *, matched: Sequence[Advisory], releases: Sequence[Release] | None
) -> tuple[Blocked, ...]:
    """Return the fixes above the current version that ``matched`` advisories name and nobody can go to, lowest first.

    What is out of reach for another flaw's sake is not among them.
    """
    try:
        versions = order(package.ecosystem)
    except UnknownEcosystemError:
        return ()
    named = {version for version in fixes(package, matched) if versions.compare(version, current) > 0}
    ordered = sorted(named, key=lambda version: (versions.key(version), version))
    told = ((version, obstacle(package, version, releases=releases, versions=versions)) for version in ordered)
    return tuple(Blocked(version, why) for version, why in told if why)


def obstacle(package: Package, version: str, *, releases: Sequence[Release] | None, versions: VersionOrder) -> str:
    """Return why nobody can go to a version; empty where one can."""
    if releases is None:
        return "a pre-release" if is_prerelease(package.ecosystem, version) else ""
    listed = [release for release in releases if versions.compare(release.version, version) == 0]
    if not listed:
        return "not among its releases"
    if any(release.final for release in listed):
        return ""
    return "taken back" if listed[0].yanked else "a pre-release"
