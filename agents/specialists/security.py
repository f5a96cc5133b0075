"""The security agent: which known flaws are in what a target uses, how bad they are, and what to upgrade to.

It never says that nothing is wrong where nothing was checked: without advisories its summary and its coverage say so.
Where no list of exploited flaws was read, nothing is said to be exploited, nor not to be.
"""

from agents.analysis.advisories.checked import count_checked
from agents.analysis.advisories.exploited import Exploits, exploits_of
from agents.analysis.advisories.exposure import Exposures, find_exposures
from agents.analysis.advisories.findings import exposure_finding
from agents.analysis.advisories.index import AdvisoryIndex
from agents.analysis.advisories.lacks import open_cases, skipped
from agents.analysis.advisories.landscape import landscape
from agents.analysis.advisories.outcome import metrics, summary
from agents.analysis.advisories.release_findings import release_findings
from agents.analysis.advisories.seen import (
    advisory_coverage,
    dependency_coverage,
    release_coverage,
    report_confidence,
    was_asked,
)
from agents.analysis.advisories.seen_exploits import ExploitsSeen, see_exploits
from agents.analysis.advisories.shelves import Shelves, going_on
from agents.analysis.advisories.survey import IN_USE, landscape_metrics, survey_report
from agents.analysis.advisories.surveyed import flaws_in_use, flaws_of
from agents.analysis.advisories.unpinned import unpinned_findings
from agents.analysis.advisories.urgency import recommendations, urgency
from agents.contract import AgentReport, AgentSpec, Coverage, Finding, Pool, TargetKind, Work
from agents.errors import BadEvidenceError

EXPOSURE = "analyse:exposure"
LANDSCAPE = "analyse:landscape"


class SecurityAgent:
    """Compares a target's dependencies with the advisories of its sources, and of the target itself."""

    spec = AgentSpec(
        name="security",
        title="Security: known flaws in what is used",
        capabilities=frozenset({EXPOSURE, LANDSCAPE}),
        target_kinds=frozenset({TargetKind.GIT, TargetKind.PACKAGE, TargetKind.SBOM}),
        reads=frozenset({"dependency", "advisory", "exploited", "version"}),
        pool=Pool.PROCESSES,
    )

    def run(self, work: Work) -> AgentReport:
        """Return the exposures of ``work.target``, or the landscape around it where that is asked for.

        Raises BadEvidenceError without a target, StoppedError when told to.
        """
        target = work.target
        if target is None:
            raise BadEvidenceError(f"step {work.step!r}: target is missing; security works on one target at a time")
        at_hand = Shelves.of(work, target)
        return survey(at_hand) if work.capability == LANDSCAPE else examine(at_hand)


def examine(at_hand: Shelves) -> AgentReport:
    """Return the exposures of what a target uses."""
    work, target, shelf = at_hand.work, at_hand.target, at_hand.advisories
    index = at_hand.index()
    exposures = find_exposures(at_hand.dependencies, index, releases=at_hand.releases.of)
    exploits = at_hand.exploits.about(index.groups)
    counts = shelf.counts()
    seen = see_exploits(work, target, counts=at_hand.exploits.counts(), advisories=counts)
    covered = at_hand.ecosystems if was_asked(work, target) else shelf.covered(at_hand.ecosystems)
    checked = count_checked(at_hand.dependencies, covered=covered)
    problems = [*skipped(at_hand.strange, "name no package"), *open_cases(exposures)]
    used = dependency_coverage(work, target, items=checked.total, problems=problems)
    known = advisory_coverage(work, target, counts=counts, apart=seen.apart)
    listed = release_coverage(work, target, counts=at_hand.releases.counts())
    findings = sorted_findings(
        at_hand, index, exposures, exploits=exploits, seen=seen, coverage=(*known, used), listed=listed
    )
    confidence, reasons = report_confidence(known, used, checked=checked)
    figures = metrics(
        checked,
        findings,
        advisories=sum(counts.values()),
        exposures=exposures,
        listed=seen.listed,
        now=work.now,
    )
    flaws = flaws_in_use(index, releases=at_hand.releases.of)
    drawn = landscape(flaws, exploits=exploits, listed=seen.listed, now=work.now)
    return AgentReport(
        agent=SecurityAgent.spec.name,
        target=target.id,
        summary=summary(checked, findings, used=used),
        confidence=confidence,
        reasons=(*reasons, *(seen.reasons if exposures.found else ())),
        findings=findings,
        recommendations=recommendations(findings),
        coverage=(*known, used, *seen.rows, *listed),
        metrics={**figures, **landscape_metrics(drawn, scope=IN_USE)},
    )


def survey(at_hand: Shelves) -> AgentReport:
    """Return the landscape of the ecosystems of what a target uses, over all the advisories at hand.

    All of them are read, once and one by one; so this is a look of its own, that somebody has to ask for.
    """
    work, target, shelf = at_hand.work, at_hand.target, at_hand.advisories
    counts = shelf.counts()
    seen = see_exploits(work, target, counts=at_hand.exploits.counts(), advisories=counts)
    known = advisory_coverage(work, target, counts=counts, apart=seen.apart)
    used = dependency_coverage(work, target, items=len(at_hand.dependencies))
    read = going_on(work, shelf.of_ecosystems(at_hand.ecosystems))
    flaws = flaws_of(read, ecosystems=at_hand.ecosystems, releases=at_hand.releases.of)
    checked = count_checked(at_hand.dependencies, covered=shelf.covered(at_hand.ecosystems))
    confidence, reasons = report_confidence(known, used, checked=checked)
    return survey_report(
        SecurityAgent.spec.name,
        target,
        landscape(flaws, exploits=at_hand.exploits.all(), listed=seen.listed, now=work.now),
        coverage=(*known, used, *seen.rows),
        confidence=confidence,
        reasons=(*reasons, *seen.reasons),
    )


def sorted_findings(
    at_hand: Shelves,
    index: AdvisoryIndex,
    exposures: Exposures,
    *,
    exploits: Exploits,
    seen: ExploitsSeen,
    coverage: tuple[Coverage, ...],
    listed: tuple[Coverage, ...],
) -> tuple[Finding, ...]:
    """Return the findings: what does harm now, then worst first, then by claim."""
    target, whole = at_hand.target, at_hand.whole()
    used = at_hand.releases.blemished(going_on(at_hand.work, at_hand.releases.evidence()))
    # A package that is watched itself has no manifest in which anybody could pin it.
    loose = () if target.kind is TargetKind.PACKAGE else at_hand.dependencies
    found = [
        *(
            exposure_finding(
                exposure,
                target=target.id,
                coverage=(*coverage, *seen.of_findings),
                exploits=exploits_of(exposure.ids, exploits),
                listed=seen.listed,
                later=exposure.package.ecosystem in whole,
                now=at_hand.work.now,
            )
            for exposure in exposures.found
        ),
        *release_findings(used, index, releases=at_hand.releases.of, target=target.id, coverage=(*coverage, *listed)),
        *unpinned_findings(loose, target=target.id, coverage=coverage),
    ]
    return tuple(sorted(found, key=urgency))
