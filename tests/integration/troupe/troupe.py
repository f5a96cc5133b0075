"""A Celery app like the real one, whose catalogue holds actors: agents that do what their target's options say."""

import os
import threading
from pathlib import Path

from agents import catalog
from agents.contract import AgentReport, AgentSpec, Finding, Pool, Severity, Work
from agents.errors import BadEvidenceError, SourceUnavailableError, StoppedError


class Actor:
    """Plays one part: succeeds, fails, waits for a file, or fails until a file is there."""

    spec = AgentSpec(
        name="actor",
        title="Actor",
        capabilities=frozenset({"act"}),
        pool=Pool.THREADS,
        hard_seconds=20,
        soft_seconds=15,
    )

    def run(self, work: Work) -> AgentReport:
        """Do what the step's target says."""
        part = str(work.target.options.get("part", "succeed")) if work.target else "succeed"
        folder = Path(os.environ["TROUPE_FOLDER"])
        name = work.step.replace("/", "_")
        with (folder / f"began-{name}").open("a") as log:
            log.write(f"{os.getpid()}\n")
        if part == "hold":
            _wait_for(folder / f"release-{name}", work)
        if part == "fail" or (part == "flaky" and not (folder / f"release-{name}").exists()):
            raise SourceUnavailableError(f"{work.step} has no source today")
        if part == "bad":
            raise BadEvidenceError(f"{work.step}: field x is wrong: mend it")
        if part == "deaf" and not (folder / f"release-{name}").exists():
            threading.Event().wait()
        if part == "crash":
            os._exit(1)
        return _report(work, agent=self.spec.name)


class Understudy(Actor):
    """Stands in for an actor, and always succeeds."""

    spec = AgentSpec(name="understudy", title="Understudy", capabilities=frozenset({"act"}), pool=Pool.THREADS)

    def run(self, work: Work) -> AgentReport:
        """Succeed."""
        return _report(work, agent=self.spec.name)


class Chorus(Actor):
    """An actor whose steps compute, on processes."""

    spec = AgentSpec(name="chorus", title="Chorus", capabilities=frozenset({"sing"}), hard_seconds=20, soft_seconds=15)


def _wait_for(path: Path, work: Work) -> None:
    """Wait until a file is there, or the step is told to stop."""
    while not path.exists():
        if work.stop_signal.wait(0.05):
            raise StoppedError(f"{work.step} was told to stop")


def _report(work: Work, *, agent: str) -> AgentReport:
    """Return a report with one finding, whose claim is the step's own name."""
    seen = ",".join(sorted(report.summary for report in work.reports))
    finding = Finding(
        kind="test.effect",
        target=work.target.id if work.target else "everything",
        claim=work.step,
        severity=Severity.INFO,
        confidence=1.0,
        title=f"{work.step} was played",
        data={"saw": seen, "missing": [row.subject for row in work.missing]},
    )
    return AgentReport(agent=agent, target=finding.target, summary=work.step, findings=(finding,))


catalog._AGENTS = (Actor, Understudy, Chorus)  # noqa: SLF001  the real catalogue lists only what is built

from orchestrator.celery import app  # noqa: E402  the catalogue must stand before the queues are made

__all__ = ["app"]
