"""The github agent: what a repository's history, and what its forge tells, say of its health.

It reads evidence, never a network, and works on git clones as well as on repositories that are watched on GitHub: there
issues, pull requests, releases, advisories and the repository's state come in. The measures and the formula are in
``agents.analysis.health`` and docs/health-score.md; here the step is put together.
"""

from collections.abc import Iterable, Iterator, Sequence

from agents.analysis.health.case import Case
from agents.analysis.health.diagnosis import Diagnosis, diagnose, with_past
from agents.analysis.health.findings import all_findings, recommendations
from agents.analysis.health.forge import ADVISORIES, FORGE_KINDS, read_forge
from agents.analysis.health.history import KINDS, read
from agents.analysis.health.metrics import figures
from agents.analysis.health.seen import counted, what_was_seen
from agents.analysis.health.sights import sights_of
from agents.analysis.health.signals import WINDOW_DAYS
from agents.analysis.health.sureness import how_sure
from agents.contract import AgentReport, AgentSpec, Evidence, Finding, Pool, Target, TargetKind, Work
from agents.errors import BadEvidenceError
from agents.sources.stopping import stop_here

WINDOW_OPTION = "signal_window_days"
MAX_WINDOW_DAYS = 3_650
_CHECK_EVERY = 500
READS = (*KINDS, *FORGE_KINDS)


class GitHubAgent:
    """Judges one repository: activity, releases, people, what versions announce, and what happens on its forge."""

    spec = AgentSpec(
        name="github",
        title="Repository health: activity, releases, people, breaking changes",
        capabilities=frozenset({"analyse:health"}),
        target_kinds=frozenset({TargetKind.GIT, TargetKind.GITHUB, TargetKind.FEED}),
        # What a repository publishes of itself comes with the rest. Named here, every plan would have this agent wait
        # for the databases of advisories too, of which it reads nothing.
        reads=frozenset(READS) - {ADVISORIES},
        pool=Pool.PROCESSES,
    )

    def run(self, work: Work) -> AgentReport:
        """Return the report on ``work.target``: findings, a score with its parts or none, and figures for pictures.

        Raises ``BadEvidenceError`` for a step without a target or with an option that cannot be, ``StoppedError``
        where the step is told to stop.
        """
        target = _target(work)
        window_days = _window_days(work, target)
        seen = what_was_seen(work, target)
        evidence = list(_evidence(work, target))
        history = read(_of(KINDS, evidence), now=seen.until, whole=seen.whole, since=seen.since)
        forge = read_forge(_of(FORGE_KINDS, evidence), now=seen.until)
        sights = sights_of(target, seen, forge, tags=history.tags)
        diagnosis = with_past(diagnose(history, window_days=window_days, forge=forge, sights=sights))
        sureness = how_sure(diagnosis, seen)
        coverage = counted(seen, history, target)
        findings = all_findings(Case(target, diagnosis, seen, coverage), sureness)
        return AgentReport(
            agent=self.spec.name,
            target=target.id,
            summary=_summary(target, diagnosis, findings),
            confidence=sureness.value,
            reasons=sureness.reasons,
            findings=findings,
            recommendations=recommendations(findings),
            coverage=coverage,
            metrics=figures(diagnosis, tier=target.tier),
        )


def _target(work: Work) -> Target:
    if work.target is None:
        raise BadEvidenceError(
            f"step {work.step!r}, field target: None is no repository; plan {work.capability!r} for one repository"
        )
    return work.target


def _window_days(work: Work, target: Target) -> int:
    value = work.options.get(WINDOW_OPTION, target.options.get(WINDOW_OPTION, WINDOW_DAYS))
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_WINDOW_DAYS:
        raise BadEvidenceError(
            f"target {target.id}, option {WINDOW_OPTION}: {value!r} is not a whole number from 1 to {MAX_WINDOW_DAYS}; "
            f"give one, or leave the option out to have {WINDOW_DAYS}"
        )
    return value


def _evidence(work: Work, target: Target) -> Iterator[Evidence]:
    kinds = READS if target.kind is TargetKind.GITHUB else KINDS
    for number, item in enumerate(work.reader.read(targets=(target.id,), kinds=kinds)):
        if not number % _CHECK_EVERY and work.stop is not None:
            stop_here(work.stop_signal, doing=f"reading the history of {target.label}")
        yield item


def _of(kinds: tuple[str, ...], evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    return (item for item in evidence if item.kind in kinds)


def _summary(target: Target, diagnosis: Diagnosis, findings: Sequence[Finding]) -> str:
    score, commits = diagnosis.score.value, len(diagnosis.history.commits)
    if not diagnosis.judged:
        return f"{target.label}: no history was seen, so there is no score"
    if score is None:
        return f"{target.label}: too little was seen for a score; {commits:,} commits, {_further(findings)}"
    return f"{target.label}: {score:.0f} of 100, {_further(findings)}"


def _further(findings: Sequence[Finding]) -> str:
    notable = sum(finding.kind != "github.health" for finding in findings)
    return f"{notable} further {'finding' if notable == 1 else 'findings'}"
