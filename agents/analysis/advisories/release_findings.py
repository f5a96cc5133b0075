"""Releases in use that their maintainers took back or deprecated: one finding for each, with where to go instead."""

from collections.abc import Iterable, Iterator, Sequence

from agents.analysis.advisories.facts import step_data
from agents.analysis.advisories.findings import SURE
from agents.analysis.advisories.index import AdvisoryIndex
from agents.analysis.advisories.matching import judge
from agents.analysis.advisories.record import Advisory
from agents.analysis.advisories.release import Release, ReleasesOf
from agents.analysis.advisories.release_shelf import Used
from agents.analysis.advisories.remedy import moving
from agents.analysis.advisories.upgrade import Upgrade, find_retreat, find_upgrade
from agents.contract import Coverage, Finding, Severity

YANKED = "security.yanked_release"
DEPRECATED = "security.deprecated_release"
NO_REASON = "no reason is given"


def release_findings(
    used: Iterable[Used],
    index: AdvisoryIndex,
    *,
    releases: ReleasesOf,
    target: str,
    coverage: tuple[Coverage, ...],
) -> Iterator[Finding]:
    """Yield a finding for each release in use that was taken back, and one for each that is deprecated and was not."""
    for one in used:
        listed = releases(one.package) or ()
        known = [advisory for flaw in index.about(one.package) for advisory in flaw]
        kind = YANKED if one.release.yanked else DEPRECATED
        upgrade = way_on(one, known=known, releases=listed)
        back = "" if upgrade or kind == DEPRECATED else way_back(one, known=known, releases=listed)
        written = one.dependencies[0]
        title, detail, severity = said(kind, written.name, one.release)
        yield Finding(
            kind=kind,
            target=target,
            claim=f"{written.ecosystem}/{one.package.name}@{one.release.version}",
            severity=severity,
            confidence=SURE,
            title=title,
            detail=detail,
            evidence=evidence_of(one, upgrade),
            coverage=coverage,
            next_action=moving(written.name, written.version, upgrade=upgrade, back=back),
            data={
                "ecosystem": written.ecosystem,
                "name": written.name,
                "versions": [one.release.version],
                "files": [*sorted({dependency.file for dependency in one.dependencies if dependency.file})],
                "reason": one.release.reason if one.release.yanked else one.release.deprecated,
                "released": one.release.at.isoformat() if one.release.at else None,
                "upgrade": step_data(upgrade) if upgrade else None,
                "go_back_to": back,
            },
        )


def way_on(used: Used, *, known: Sequence[Advisory], releases: Sequence[Release]) -> Upgrade | None:
    """Return the lowest later release out of all flaws; from a deprecated one, to one that is not."""
    package, version = used.package, used.release.version
    fit = [one for one in releases if used.release.yanked or not one.deprecated]
    matched = [advisory for advisory in known if judge(advisory.about(package), version).affected]
    return find_upgrade(package, version, matched=matched, known=known, releases=fit)


def way_back(used: Used, *, known: Sequence[Advisory], releases: Sequence[Release]) -> str:
    """Return the highest earlier release that no advisory holds for; empty where there is none."""
    return find_retreat(used.package, used.release.version, known=known, releases=releases)


def said(kind: str, name: str, release: Release) -> tuple[str, str, Severity]:
    """Return title, detail and severity of a finding: taken back is medium, deprecated is low."""
    if kind == YANKED:
        return (
            f"{name} {release.version} was taken back" + (f": {release.reason}" if release.reason else ""),
            f"Its maintainers yanked this release; {release.reason or NO_REASON}",
            Severity.MEDIUM,
        )
    return (
        f"{name} {release.version} is deprecated: {release.deprecated}",
        f"Its maintainers say to those who use it: {release.deprecated}",
        Severity.LOW,
    )


def evidence_of(used: Used, upgrade: Upgrade | None) -> tuple[str, ...]:
    """Return the ids of the release in use, of where it is used, and of the release to go to."""
    ids = {used.release.evidence, *(dependency.evidence for dependency in used.dependencies)}
    return tuple(sorted((ids | {upgrade.evidence if upgrade else ""}) - {""}))
