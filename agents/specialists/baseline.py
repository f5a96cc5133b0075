"""The baseline: a plain reading of one target, which stands in where its agents failed, or adds to what they say.

By the user's own command where the target names one, else by our few questions. It stands after all steps on its
target, and sees what became of them; it depends on none of them. What it says in place of others is marked as
degraded, and never claims to be sure or whole.
"""

from collections.abc import Iterator, Sequence

from agents.analysis.advisories.dependency import read_dependency
from agents.analysis.advisories.index import index_advisories
from agents.analysis.advisories.listed import listed
from agents.analysis.advisories.lookup import AdvisoryShelf
from agents.contract import (
    AgentReport,
    AgentSpec,
    Coverage,
    CoverageState,
    Evidence,
    Hybrid,
    Pool,
    Role,
    Target,
    TargetKind,
    Work,
)
from agents.errors import BadEvidenceError
from agents.sources.baseline.child import Command, CommandFailedError
from agents.sources.baseline.output import SOURCE as COMMAND
from agents.sources.baseline.output import read_command
from agents.sources.baseline.plain import read_dependencies, read_history
from agents.sources.baseline.reading import KIND, Reading
from agents.sources.look import Look, counted
from agents.sources.stopping import stop_here

CAPABILITY = "baseline"
SECONDS_OPTION = "baseline_seconds"
SECONDS, MOST_SECONDS = 60, 240
SURE = 0.4
"""The most that a baseline is sure of where it stands in for agents."""
_ONLY = "a plain baseline's reading, in place of agents that failed"


class BaselineAgent:
    """Reads one target plainly."""

    spec = AgentSpec(
        name="baseline",
        title="Baseline: a plain reading where agents failed, or beside them",
        capabilities=frozenset({CAPABILITY}),
        target_kinds=frozenset({TargetKind.GIT, TargetKind.SBOM}),
        pool=Pool.THREADS,
        soft_seconds=270.0,
        hard_seconds=300.0,
        max_failures=2,
    )

    def run(self, work: Work) -> AgentReport:
        """Return a reading of ``work.target``, or nothing where its agents gave a result and no more is wanted.

        Raises ``BadEvidenceError`` for a step without a target, with an option that cannot be, or on what is not
        there; ``SourceUnavailableError`` where git hangs, and ``StoppedError`` when told to stop.
        """
        target = work.target
        if target is None:
            raise BadEvidenceError(f"step {work.step!r}, field target: none; plan {CAPABILITY!r} for one target")
        failed = [row for row in work.missing if row.subject == target.id and row.state is CoverageState.FAILED]
        if not failed and target.hybrid is not Hybrid.BOTH:
            return _idle(target)
        reading = _read(work, Look(target=target, now=work.now, stop=work.stop_signal))
        return _degraded(target, reading, failed=failed) if failed else _beside(target, reading)


def _read(work: Work, look: Look) -> Reading:
    """Return the command's reading; ours where there is no command, or it failed, which is said."""
    if not look.target.baseline_command:
        return _plain(work, look)
    try:
        return read_command(_command(look), look)
    except CommandFailedError as error:
        reading = _plain(work, look)
        lack = look.coverage(COMMAND, CoverageState.FAILED, detail=str(error))
        return Reading(
            summary=f"{reading.summary}; {error}",
            confidence=reading.confidence,
            coverage=(lack, *reading.coverage),
            findings=reading.findings,
            evidence=reading.evidence,
            metrics=reading.metrics,
        )


def _command(look: Look) -> Command:
    """Return the target's own command, with what it is told."""
    target = look.target
    seconds = look.whole_number(SECONDS_OPTION, default=SECONDS)
    if seconds > MOST_SECONDS:
        raise BadEvidenceError(
            f"target {target.id}, option {SECONDS_OPTION}: {seconds} is more than {MOST_SECONDS}; give fewer"
        )
    about = {
        "TARGET_ID": target.id,
        "TARGET_KIND": str(target.kind),
        "TARGET_LOCATION": target.location,
        "TARGET_NAME": target.label,
        "TARGET_AS_OF": look.now.isoformat(),
    }
    return Command(words=target.baseline_command, about=about, seconds=seconds)


def _plain(work: Work, look: Look) -> Reading:
    """Return our own reading: a clone's newest commit, and what is used beside what advisories list."""
    history = read_history(look) if look.target.kind is TargetKind.GIT else None
    used = _used(work, look)
    if history is None:
        return used
    return Reading(
        summary=f"{history.summary}; {used.summary}",
        confidence=min(history.confidence, used.confidence),
        coverage=(
            *history.coverage,
            *(row.model_copy(update={"source": "baseline:manifest"}) for row in used.coverage),
        ),
        findings=(*history.findings, *used.findings),
        evidence=(*history.evidence, *used.evidence),
        metrics={**history.metrics, **used.metrics},
    )


def _used(work: Work, look: Look) -> Reading:
    """Return what the target uses, and which of it an advisory of the step's sources lists word for word."""
    evidence, seen = read_dependencies(look)
    dependencies = [used for item in evidence if (used := read_dependency(item))]
    wanted = {used.package for used in dependencies}
    shelf = AdvisoryShelf(work.reader, sources=[source for source in work.sources if source != look.target.id])
    found = listed(
        dependencies, index_advisories(_going_on(look, shelf.related(wanted)), wanted=wanted), target=seen.subject
    )
    return Reading(
        summary=f"{counted(len(wanted), 'package')} in use, {counted(len(found), 'known flaw')} listed word for word",
        confidence=SURE,
        coverage=(seen,),
        findings=found,
        metrics={"packages": len(wanted)},
    )


def _going_on(look: Look, evidence: Iterator[Evidence]) -> Iterator[Evidence]:
    """Yield the evidence for as long as the step is not told to stop."""
    for item in evidence:
        stop_here(look.stop, doing="comparing with advisories")
        yield item


def _idle(target: Target) -> AgentReport:
    """Return a report that counts for nothing: the agents gave what was asked for."""
    return AgentReport(
        agent=BaselineAgent.spec.name, target=target.id, summary=f"{target.label}: not needed", role=Role.IDLE
    )


def _beside(target: Target, reading: Reading) -> AgentReport:
    """Return what is added to the agents' result."""
    return _report(target, reading).model_copy(
        update={"summary": f"{target.label}: beside the agents: {reading.summary}", "role": Role.BESIDE}
    )


def _degraded(target: Target, reading: Reading, *, failed: Sequence[Coverage]) -> AgentReport:
    """Return what stands in for the agents that failed: never whole, never sure."""
    agents = ", ".join(sorted({row.source for row in failed}))
    return _report(target, reading).model_copy(
        update={
            "summary": f"{target.label}: degraded, a plain baseline stands in for {agents}: {reading.summary}",
            "confidence": min(reading.confidence, SURE),
            "reasons": (f"degraded: a plain baseline stands in for {agents}", *_lacks(reading)),
            "coverage": tuple(map(_in_part, reading.coverage)),
            "role": Role.DEGRADED,
        }
    )


def _report(target: Target, reading: Reading) -> AgentReport:
    return AgentReport(
        agent=BaselineAgent.spec.name,
        target=target.id,
        summary=reading.summary,
        confidence=reading.confidence,
        reasons=_lacks(reading),
        findings=reading.findings,
        coverage=reading.coverage,
        metrics=reading.metrics,
        evidence=reading.evidence,
        replaces=(KIND,),
    )


def _lacks(reading: Reading) -> tuple[str, ...]:
    return tuple(row.detail for row in reading.coverage if row.state is CoverageState.FAILED)


def _in_part(row: Coverage) -> Coverage:
    """Return a row that does not claim the whole."""
    whole = row.state in {CoverageState.COMPLETE, CoverageState.ZERO}
    return row.model_copy(update={"state": CoverageState.PARTIAL, "detail": _ONLY}) if whole else row
