"""A rehearsal: what an agent's first step in a process would be slow at, done before anybody waits for it.

Heavy libraries are imported inside functions, so that light workers stay light. Whoever must answer at once, as the
reserved worker must, pays for them at its start.
"""

from datetime import UTC, datetime

from agents.analysis.severity import score_vector
from agents.contract import AgentReport, Coverage, CoverageState, Finding, Severity, Target, TargetKind, Work
from agents.specialists.reporting import ReportingAgent

_VECTORS = (
    "AV:N/AC:L/Au:N/C:P/I:P/A:P",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
)


def rehearse() -> int:
    """Rate a flaw and write a report about nothing, its drawings included; return how many characters it has."""
    for vector in _VECTORS:
        score_vector(vector)
    return sum(len(artifact.text) for artifact in ReportingAgent().run(_work()).artifacts)


def _work() -> Work:
    """Return a joining step's work about one made-up finding of each severity."""
    target = Target(kind=TargetKind.SBOM, location="rehearsal")
    found = tuple(
        Finding(
            kind="rehearsal",
            target=target.id,
            claim=str(severity),
            severity=severity,
            confidence=1.0,
            title="Rehearsal",
        )
        for severity in Severity
    )
    seen = Coverage(source="rehearsal", subject=target.id, state=CoverageState.COMPLETE)
    report = AgentReport(agent="rehearsal", target=target.id, summary="Rehearsal.", findings=found, coverage=(seen,))
    return Work(
        run_id="rehearsal",
        step="report",
        trigger_kind="advisory",
        capability="report",
        targets=(target,),
        now=datetime.now(UTC),
        reports=(report,),
    )
