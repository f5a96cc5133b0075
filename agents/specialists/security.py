"""The security agent: which known flaws are in what a target uses, how bad they are, and what to upgrade to.

It never says that nothing is wrong where nothing was checked: without advisories its summary and its coverage say so.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue

from agents.analysis.advisories.checked import Checked, count_checked
from agents.analysis.advisories.dependency import Dependency, read_dependency
from agents.analysis.advisories.exposure import Exposures, find_exposures
from agents.analysis.advisories.findings import VULNERABLE, unpinned_findings, vulnerable_finding
from agents.analysis.advisories.index import AdvisoryIndex, index_advisories
from agents.analysis.advisories.lookup import AdvisoryShelf
from agents.analysis.advisories.seen import advisory_coverage, dependency_coverage, report_confidence
from agents.contract import (
    AgentReport,
    AgentSpec,
    Coverage,
    CoverageState,
    Evidence,
    Finding,
    Pool,
    Recommendation,
    Severity,
    Target,
    TargetKind,
    Work,
)
from agents.errors import BadEvidenceError, StoppedError

NOTHING_USED = "No manifest or lock file names a dependency, so there was nothing to check."
NOTHING_KNOWN = "No dependencies were collected, so nothing was checked."
NAMED = 5
"""How many of many names a sentence spells out."""


class SecurityAgent:
    """Compares a target's dependencies with the advisories of its sources."""

    spec = AgentSpec(
        name="security",
        title="Security: known flaws in what is used",
        capabilities=frozenset({"analyse:exposure"}),
        target_kinds=frozenset({TargetKind.GIT, TargetKind.SBOM}),
        reads=frozenset({"dependency", "advisory"}),
        pool=Pool.PROCESSES,
    )

    def run(self, work: Work) -> AgentReport:
        """Return the exposures of ``work.target``; raises BadEvidenceError without one, StoppedError when told to."""
        target = work.target
        if target is None:
            raise BadEvidenceError(f"step {work.step!r}: target is missing; security works on one target at a time")
        dependencies, strange = read_dependencies(work, target)
        shelf = AdvisoryShelf(work.reader, sources=work.sources)
        exposures = find_exposures(dependencies, read_index(work, shelf, dependencies))
        return report(work, target, dependencies, strange=strange, shelf=shelf, exposures=exposures)


def read_dependencies(work: Work, target: Target) -> tuple[list[Dependency], list[str]]:
    """Return the target's dependencies, and the keys of evidence that names no package."""
    read: list[Dependency] = []
    strange: list[str] = []
    for evidence in going_on(work, work.reader.read(targets=[target.id], kinds=["dependency"])):
        dependency = read_dependency(evidence)
        if dependency is None:
            strange.append(evidence.key or evidence.id)
        else:
            read.append(dependency)
    return read, strange


def read_index(work: Work, shelf: AdvisoryShelf, dependencies: Iterable[Dependency]) -> AdvisoryIndex:
    """Return the advisories of the step's sources that are about its dependencies; empty where it has no source."""
    wanted = {dependency.package for dependency in dependencies}
    return index_advisories(going_on(work, shelf.related(wanted)), wanted=wanted)


def going_on(work: Work, evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """Yield the evidence for as long as the step is not told to stop."""
    for item in evidence:
        if work.stop_signal.is_set():
            raise StoppedError(f"step {work.step!r} was told to stop while it read {item.kind} evidence")
        yield item


def report(
    work: Work,
    target: Target,
    dependencies: Sequence[Dependency],
    *,
    strange: Sequence[str],
    shelf: AdvisoryShelf,
    exposures: Exposures,
) -> AgentReport:
    """Return the whole report."""
    counts = shelf.counts()
    ecosystems = {dependency.package.ecosystem for dependency in dependencies}
    checked = count_checked(dependencies, covered=shelf.covered(ecosystems))
    problems = [*skipped(strange, "name no package"), *open_cases(exposures)]
    used = dependency_coverage(work, target, items=checked.total, problems=problems)
    known = advisory_coverage(work, target, counts=counts)
    findings = sorted_findings(dependencies, exposures, target=target, coverage=(*known, used))
    confidence, reasons = report_confidence(known, used, checked=checked)
    return AgentReport(
        agent=SecurityAgent.spec.name,
        target=target.id,
        summary=summary(checked, findings, used=used),
        confidence=confidence,
        reasons=reasons,
        findings=findings,
        recommendations=recommendations(findings),
        coverage=(*known, used),
        metrics=metrics(checked, findings, advisories=sum(counts.values()), exposures=exposures),
    )


def skipped(ids: Sequence[str], why: str) -> tuple[str, ...]:
    """Return one sentence about evidence that was left out; none where there was none."""
    return (f"{len(ids)} items {why} and were left out: {named(sorted(ids))}",) if ids else ()


def open_cases(exposures: Exposures) -> tuple[str, ...]:
    """Return one sentence about what could not be judged; none where all could."""
    if not exposures.unjudged:
        return ()
    cases = [f"{case.canonical} for {case.package.name} {case.version} ({case.reason})" for case in exposures.unjudged]
    return (f"{len(cases)} advisories could not be judged: {named(cases)}",)


def named(names: Sequence[str]) -> str:
    """Return the first of the names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def sorted_findings(
    dependencies: Sequence[Dependency], exposures: Exposures, *, target: Target, coverage: tuple[Coverage, ...]
) -> tuple[Finding, ...]:
    """Return the findings, worst first, then by claim."""
    found = [
        *(vulnerable_finding(exposure, target=target.id, coverage=coverage) for exposure in exposures.found),
        *unpinned_findings(dependencies, target=target.id, coverage=coverage),
    ]
    return tuple(sorted(found, key=lambda finding: (-finding.severity.rank, finding.kind, finding.claim)))


def recommendations(findings: Iterable[Finding]) -> tuple[Recommendation, ...]:
    """Return what to do, worst first: one line for each action, though it may answer several findings."""
    answered: dict[str, list[Finding]] = {}
    for finding in findings:
        answered.setdefault(finding.next_action, []).append(finding)
    return tuple(recommendation(action, group) for action, group in answered.items())


def recommendation(action: str, findings: Sequence[Finding]) -> Recommendation:
    """Return one action and why; ``findings`` are those that it answers, worst first."""
    first, more = findings[0], len(findings) - 1
    return Recommendation(
        action=action,
        why=first.title + (f" (and {more} more)" if more else ""),
        severity=first.severity,
        target=first.target,
        finding=first.id,
    )


def metrics(
    checked: Checked, findings: Sequence[Finding], *, advisories: int, exposures: Exposures
) -> dict[str, JsonValue]:
    """Return the agent's figures."""
    return {
        "dependencies": checked.total,
        "checked": checked.compared,
        "unpinned": checked.unpinned,
        "unreadable_versions": checked.unreadable,
        "unknown_ecosystem": checked.unknown,
        "unjudged": len(exposures.unjudged),
        "advisories": advisories,
        "vulnerable": len({exposure.package for exposure in exposures.found}),
        "by_severity": {**by_severity(findings)},
    }


def by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many known flaws there are of each severity, worst first."""
    counts = Counter(finding.severity for finding in findings if finding.kind == VULNERABLE)
    return {str(severity): counts[severity] for severity in reversed(Severity)}


def summary(checked: Checked, findings: Sequence[Finding], *, used: Coverage) -> str:
    """Return the outcome in one line; it never says that all is well where little was compared."""
    counts = by_severity(findings)
    total = sum(counts.values())
    if not checked.total:
        return NOTHING_USED if used.state is CoverageState.ZERO else NOTHING_KNOWN
    if not (checked.compared or total):
        return f"{plural(checked.total, 'dependency')} unchecked: nothing could be compared with an advisory."
    parts = ", ".join(f"{number} {severity}" for severity, number in counts.items() if number)
    scope = f"{checked.compared} of {plural(checked.total, 'dependency')} compared"
    return f"{plural(total, 'known flaw')} ({parts}); {scope}." if total else f"No known flaw; {scope}."


def plural(number: int, noun: str) -> str:
    """Return the number with its noun."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"
