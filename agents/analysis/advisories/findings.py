"""Turns exposures and unpinned dependencies into findings: what it is, how sure, and what to do."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import JsonValue

from agents.analysis.advisories.dependency import Dependency
from agents.analysis.advisories.exposure import Exposure
from agents.analysis.advisories.record import Advisory, Affected
from agents.analysis.severity import Assessment, assess
from agents.contract import Coverage, Finding, Severity

VULNERABLE = "security.vulnerable_dependency"
UNPINNED = "security.unpinned_dependency"
SURE = 0.95
"""Confidence of a match where nothing speaks against it: advisories are wrong at times."""
DISAGREEMENT = (0.8, "the databases disagree; the cautious answer is given")
GUESSED = 0.9
"""The factor where no record says how bad it is; the assessment has the words."""
MENDED = (0.9, "a record had to be mended to be read")
SHOWN = 50
"""Names that a finding about unpinned dependencies lists."""


def vulnerable_finding(exposure: Exposure, *, target: str, coverage: tuple[Coverage, ...]) -> Finding:
    """Return the finding of one exposure. Confidence is SURE times the factors of what speaks against it."""
    assessment = assess_exposure(exposure)
    confidence, doubts = confidence_of(exposure, assessment)
    written = exposure.dependencies[0]
    name, versions = written.name, ", ".join(exposure.versions)
    summary = next((advisory.summary for advisory in exposure.advisories if advisory.summary), "")
    return Finding(
        kind=VULNERABLE,
        target=target,
        claim=f"{exposure.canonical}/{written.ecosystem}/{exposure.package.name}",
        severity=assessment.severity,
        confidence=confidence,
        title=f"{name} {versions} has {exposure.canonical}" + (f": {summary.splitlines()[0][:160]}" if summary else ""),
        detail=". ".join(dict.fromkeys((*exposure.reasons, *assessment.reasons, *doubts))),
        since=since(exposure),
        evidence=evidence_of(exposure),
        coverage=coverage,
        next_action=next_action(exposure),
        data=data_of(exposure, assessment, doubts),
    )


def assess_exposure(exposure: Exposure) -> Assessment:
    """Return the severity over all records that hold, and what they say of this package."""
    said: list[Advisory | Affected] = [*exposure.advisories]
    for advisory in exposure.advisories:
        said += advisory.about(exposure.package)
    return assess(
        [pair for rating in said for pair in rating.severity],
        labels=[rating.label for rating in said if rating.label],
        malicious=any(advisory.malicious for advisory in exposure.advisories),
    )


def confidence_of(exposure: Exposure, assessment: Assessment) -> tuple[float, tuple[str, ...]]:
    """Return the confidence from 0 to 1 and what lowers it."""
    doubts = [
        doubt
        for doubt, holds in (
            (DISAGREEMENT, bool(exposure.disagreement)),
            ((GUESSED, ". ".join(assessment.reasons)), assessment.guessed),
            (MENDED, any(advisory.dirty for advisory in exposure.advisories)),
        )
        if holds
    ]
    confidence = SURE
    for factor, _ in doubts:
        confidence *= factor
    return round(confidence, 4), tuple(reason for _, reason in doubts)


def since(exposure: Exposure) -> datetime | None:
    """Return when the flaw was first published; None where no record says it."""
    return min((advisory.published for advisory in exposure.advisories if advisory.published), default=None)


def evidence_of(exposure: Exposure) -> tuple[str, ...]:
    """Return the ids of the advisories and dependencies that it rests on."""
    ids = {advisory.evidence for advisory in exposure.advisories}
    ids |= {dependency.evidence for dependency in exposure.dependencies}
    return tuple(sorted(ids - {""}))


def next_action(exposure: Exposure) -> str:
    """Return what to do, in one line."""
    name = exposure.dependencies[0].name
    if any(advisory.malicious for advisory in exposure.advisories):
        return (
            f"Remove {name} {', '.join(exposure.versions)}: it was made to do harm; treat what it could reach as leaked"
        )
    steps = [f"from {step.current} to {step.version} ({step.distance})" for step in exposure.upgrades]
    stuck = [version for version in exposure.versions if version not in {step.current for step in exposure.upgrades}]
    if stuck:
        no_way = f"no version is known to fix {name} {', '.join(stuck)}: replace it, or take away what exposes it"
        steps = [*steps, no_way] if steps else []
        return f"Upgrade {name} {'; '.join(steps)}" if steps else no_way[0].upper() + no_way[1:]
    return f"Upgrade {name} {'; '.join(steps)}"


def data_of(exposure: Exposure, assessment: Assessment, doubts: Sequence[str]) -> dict[str, JsonValue]:
    """Return the finding's figures: ids, versions, upgrades, ratings and disagreements."""
    return {
        "ids": list(exposure.ids),
        "ecosystem": exposure.dependencies[0].ecosystem,
        "name": exposure.dependencies[0].name,
        "versions": list(exposure.versions),
        "files": [*sorted({dependency.file for dependency in exposure.dependencies if dependency.file})],
        "fixed_in": [
            {"from": step.current, "to": step.version, "distance": step.distance} for step in exposure.upgrades
        ],
        "severity_source": assessment.source,
        "score": assessment.score,
        "vector": assessment.vector,
        "disagreement": [
            {"id": said.advisory, "version": said.version, "outcome": str(said.outcome), "fixed": said.fixed}
            for said in exposure.disagreement
        ],
        "confidence_reasons": list(doubts),
        "references": [*sorted({url for advisory in exposure.advisories for url in advisory.references})[:SHOWN]],
    }


def unpinned_findings(
    dependencies: Iterable[Dependency], *, target: str, coverage: tuple[Coverage, ...]
) -> tuple[Finding, ...]:
    """Return one finding for each file that names packages without a version, in the order of files."""
    files: dict[str, list[Dependency]] = {}
    for dependency in dependencies:
        files.setdefault(dependency.file, []).append(dependency)
    return tuple(
        unpinned_finding(file, files[file], target=target, coverage=coverage)
        for file in sorted(files)
        if any(not dependency.version for dependency in files[file])
    )


def unpinned_finding(
    file: str, dependencies: Sequence[Dependency], *, target: str, coverage: tuple[Coverage, ...]
) -> Finding:
    """Return the finding about one file."""
    loose = [dependency for dependency in dependencies if not dependency.version]
    names = sorted({dependency.name for dependency in loose})
    where = file or "a manifest"
    return Finding(
        kind=UNPINNED,
        target=target,
        claim=file,
        severity=Severity.INFO,
        confidence=SURE,
        title=f"{len(loose)} of {len(dependencies)} packages in {where} have no pinned version",
        detail="What is not pinned cannot be compared with advisories, so nothing is known of these packages.",
        evidence=tuple(sorted({dependency.evidence for dependency in loose if dependency.evidence}))[:SHOWN],
        coverage=coverage,
        next_action=f"Pin the versions in {where}, or watch the lock file that pins them",
        data={"file": file, "unpinned": len(loose), "packages": len(dependencies), "names": [*names[:SHOWN]]},
    )
