"""Agents that only play: one whose steps do nothing, one whose steps wait, and watch their stop signal meanwhile.

The name of a step that waits ends with ``@SECONDS``.
"""

from agents.contract import Agent, AgentReport, AgentSpec, Finding, Pool, Severity, Work
from agents.errors import StoppedError
from benchmarks.stand.payload import payload

LIMIT_SECONDS = 120.0


class Player:
    """Does nothing, and says so in a report of 1 KB with one finding: the step's effect."""

    spec = AgentSpec(
        name="player",
        title="Player",
        capabilities=frozenset({"play"}),
        pool=Pool.THREADS,
        soft_seconds=LIMIT_SECONDS,
        hard_seconds=LIMIT_SECONDS,
    )

    def run(self, work: Work) -> AgentReport:
        """Return the report."""
        target = work.target.id if work.target else work.run_id
        finding = Finding(
            kind="bench.effect",
            target=target,
            claim=f"{work.run_id}/{work.step}",
            severity=Severity.INFO,
            confidence=1.0,
            title=f"{work.step} was played",
        )
        return AgentReport(
            agent=self.spec.name, target=target, summary=work.step, findings=(finding,), metrics=payload(work.step)
        )


class Waiter(Player):
    """Waits as long as its step's name says, and watches its stop signal meanwhile."""

    spec = Player.spec.model_copy(update={"name": "waiter", "title": "Waiter", "capabilities": frozenset({"wait"})})

    def run(self, work: Work) -> AgentReport:
        """Wait, then do as a player does."""
        if work.stop_signal.wait(waits(work)):
            raise StoppedError(f"{work.step} was told to stop")
        return super().run(work)


def waits(work: Work) -> float:
    """Return how long a step is to wait, in seconds."""
    return float(work.step.rpartition("@")[2])


CAST: tuple[type[Agent], ...] = (Player, Waiter)
