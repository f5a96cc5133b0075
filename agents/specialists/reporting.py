"""The reporting agent: joins what the others said into one report, in HTML, Markdown and JSON with the same ids."""

from agents.contract import AgentReport, AgentSpec, Artifact, Pool, Work
from agents.report.assemble import assemble
from agents.report.bundle import ReportBundle, as_json
from agents.report.html import as_html
from agents.report.markdown import as_markdown

HTML, MARKDOWN, JSON = "report.html", "report.md", "report.json"


class ReportingAgent:
    """Synthesises over all agents of a run. It adds no findings of its own, so that nothing is counted twice."""

    spec = AgentSpec(
        name="reporting",
        title="Reporting: one synthesis, one confidence, one report for people",
        capabilities=frozenset({"report"}),
        pool=Pool.PROCESSES,
        soft_seconds=120.0,
        hard_seconds=180.0,
        memory_mb=240,
    )

    def run(self, work: Work) -> AgentReport:
        """Return the status line, the overall confidence with its reasons, and the report's three forms.

        Depends on nothing but ``work``: the same work gives the same bytes. Never fails for lack of reports: without
        any, the report says that nothing is known.
        """
        bundle = assemble(work)
        return AgentReport(
            agent=self.spec.name,
            summary=_summary(bundle),
            confidence=bundle.synthesis.confidence,
            reasons=bundle.synthesis.reasons,
            metrics={"synthesis": bundle.synthesis.model_dump(mode="json")},
            artifacts=_artifacts(bundle),
        )


def _summary(bundle: ReportBundle) -> str:
    """Return the status line; wherever it shows, a replay is labelled as one."""
    status = bundle.synthesis.status
    return f"{status} Replay of recorded data: {bundle.replay}." if bundle.replay else status


def _artifacts(bundle: ReportBundle) -> tuple[Artifact, ...]:
    return (
        Artifact(name=HTML, media_type="text/html", text=as_html(bundle)),
        Artifact(name=MARKDOWN, media_type="text/markdown", text=as_markdown(bundle)),
        Artifact(name=JSON, media_type="application/json", text=as_json(bundle)),
    )
