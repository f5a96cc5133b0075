"""What is used without an exact version, and so cannot be compared: one finding for each file."""

from collections.abc import Iterable, Sequence

from agents.analysis.advisories.dependency import Dependency
from agents.analysis.advisories.findings import SHOWN, SURE
from agents.contract import Coverage, Finding, Severity

UNPINNED = "security.unpinned_dependency"


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
