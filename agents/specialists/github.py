"""The github agent: what a repository's own history tells of its health. It reads evidence, never a network.

It works on git clones as well as on anything that gives the same evidence. The measures and the formula are in
``agents.analysis.health`` and docs/health-score.md; here the step is put together.
"""

from collections.abc import Iterator

from agents.analysis.health.case import Case
from agents.analysis.health.diagnosis import diagnose
from agents.analysis.health.findings import all_findings, recommendations
from agents.analysis.health.history import KINDS, read
from agents.analysis.health.metrics import figures
from agents.analysis.health.seen import counted, what_was_seen
from agents.analysis.health.signals import WINDOW_DAYS
from agents.analysis.health.sureness import how_sure
from agents.contract import AgentReport, AgentSpec, Evidence, Finding, Pool, Target, TargetKind, Work
from agents.errors import BadEvidenceError
from agents.sources.stopping import stop_here

WINDOW_OPTION = "signal_window_days"
MAX_WINDOW_DAYS = 3_650
_CHECK_EVERY = 500


class GitHubAgent:
    """Judges one repository by its history: activity, releases, people, and what its versions announce."""

    spec = AgentSpec(
        name="github",
        title="Repository health: activity, releases, people, breaking changes",
        capabilities=frozenset({"analyse:health"}),
        target_kinds=frozenset({TargetKind.GIT}),
        reads=frozenset(KINDS),
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
        history = read(_evidence(work, target), now=seen.until, whole=seen.whole)
        diagnosis = diagnose(history, window_days=window_days)
        sureness = how_sure(diagnosis, seen)
        coverage = counted(seen, history, target)
        findings = all_findings(Case(target, diagnosis, seen, coverage), sureness)
        return AgentReport(
            agent=self.spec.name,
            target=target.id,
            summary=_summary(target, diagnosis.score.value, findings=findings, commits=len(history.commits)),
            confidence=sureness.value,
            reasons=sureness.reasons,
            findings=findings,
            recommendations=recommendations(findings),
            coverage=coverage,
            metrics=figures(diagnosis),
        )


def _target(work: Work) -> Target:
    if work.target is None:
        raise BadEvidenceError(
            f"step {work.step!r}, field target: None is no repository; plan {work.capability!r} for one git target"
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
    for number, item in enumerate(work.reader.read(targets=(target.id,), kinds=KINDS)):
        if not number % _CHECK_EVERY and work.stop is not None:
            stop_here(work.stop_signal, doing=f"reading the history of {target.label}")
        yield item


def _summary(target: Target, score: float | None, *, findings: tuple[Finding, ...], commits: int) -> str:
    if not commits:
        return f"{target.label}: no history was seen, so there is no score"
    if score is None:
        return f"{target.label}: too little of the history was seen for a score; {commits:,} commits"
    notable = sum(finding.kind != "github.health" for finding in findings)
    return f"{target.label}: {score:.0f} of 100, {notable} further {'finding' if notable == 1 else 'findings'}"
