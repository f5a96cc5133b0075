"""Versions in use that an advisory lists word for word: no ranges, no order of versions, no severity."""

from collections.abc import Iterable

from agents.analysis.advisories.dependency import Dependency
from agents.analysis.advisories.findings import MALICIOUS, VULNERABLE
from agents.analysis.advisories.index import AdvisoryIndex
from agents.analysis.advisories.record import Advisory
from agents.contract import Finding, Severity

FOUND = 0.6
"""Confidence of a finding: that a version is listed is hard to get wrong; how bad it is was not looked at."""


def listed(dependencies: Iterable[Dependency], index: AdvisoryIndex, *, target: str) -> tuple[Finding, ...]:
    """Return a finding for each flaw that lists a pinned version, by id; the same claim as the security agent's."""
    found: dict[str, Finding] = {}
    for used in dependencies:
        for advisories in index.about(used.package) if used.version else ():
            for advisory in advisories:
                if any(used.version in entry.versions for entry in advisory.about(used.package)):
                    kind = MALICIOUS if any(one.malicious for one in advisories) else VULNERABLE
                    flaw = _flaw(advisory, used, kind=kind, flaw=index.canonical(advisory), target=target)
                    found.setdefault(flaw.id, flaw)
    return tuple(found[key] for key in sorted(found))


def _flaw(advisory: Advisory, used: Dependency, *, kind: str, flaw: str, target: str) -> Finding:
    """Return one known flaw."""
    return Finding(
        kind=kind,
        target=target,
        claim=f"{flaw}/{used.ecosystem}/{used.package.name}",
        severity=Severity.CRITICAL if kind == MALICIOUS else Severity.MEDIUM,
        confidence=FOUND,
        title=f"{used.name} {used.version} is listed in {flaw}",
        detail="The version stands in the advisory word for word; ranges and severity were not looked at.",
        since=advisory.published,
        evidence=tuple(sorted({advisory.evidence, used.evidence} - {""})),
        next_action=f"Look {flaw} up, and upgrade {used.name}",
    )
