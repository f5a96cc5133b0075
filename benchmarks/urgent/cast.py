"""The real Celery app with the real agents, whose steps can also be asked to wait, to compute, or to do nothing.

So that every queue of the catalogue can carry a backlog of steps of a known length, beside real plans.
"""

import time
from dataclasses import dataclass

from agents import catalog
from agents.contract import Agent, AgentReport, AgentSpec, Pool, Work
from agents.errors import StoppedError

BUSY, TOUCH = "benchmark:busy", "benchmark:touch"
"""Capabilities of made-up steps: to take ``BUSY_SECONDS``, and to say when they began."""
BUSY_SECONDS = 0.2
BEGAN = "began"
"""Name among a report's metrics of the time when its agent began, in seconds of this machine's clock."""


@dataclass(frozen=True)
class Stand:
    """A class of agents that does what a real one does, and made-up steps as well."""

    real: type[Agent]

    @property
    def spec(self) -> AgentSpec:
        """The real one's."""
        return self.real.spec

    def __call__(self) -> "Player":
        """Return an agent."""
        return Player(self.real())


class Player:
    """One agent, for one step."""

    def __init__(self, real: Agent) -> None:
        self.spec = real.spec
        self._real = real

    def run(self, work: Work) -> AgentReport:
        """Do the step: a made-up one here, any other by the real agent. Its report says when it began."""
        began = time.time()
        if work.capability == BUSY:
            be_busy(work, pool=self.spec.pool)
        elif work.capability != TOUCH:
            report = self._real.run(work)
            return report.model_copy(update={"metrics": {**report.metrics, BEGAN: began}})
        return AgentReport(agent=self.spec.name, summary=work.step, metrics={BEGAN: began})


def be_busy(work: Work, *, pool: Pool) -> None:
    """Take the time of a made-up step: waiting on a thread, computing on a process."""
    if pool is Pool.THREADS:
        if work.stop_signal.wait(BUSY_SECONDS):
            raise StoppedError(f"{work.step} was told to stop")
        return
    until = time.thread_time() + BUSY_SECONDS
    while time.thread_time() < until:
        sum(range(1_000))


if not isinstance(catalog._AGENTS[0], Stand):  # noqa: SLF001  there is no other way to stand in for agents
    catalog._AGENTS = tuple(map(Stand, catalog._AGENTS))  # type: ignore[arg-type] # noqa: SLF001  they build alike

from orchestrator.celery import app  # noqa: E402  the catalogue must stand before the app reads it

__all__ = ["app"]
