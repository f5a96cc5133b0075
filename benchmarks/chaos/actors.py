"""Light agents: their steps wait 20 to 80 ms, on threads or on processes, and leave one effect each."""

from collections.abc import Mapping
from random import Random

from agents.contract import Agent, AgentReport, AgentSpec, Finding, Pool, Severity, TargetKind, Work
from agents.errors import StoppedError

SHORTEST, LONGEST = 0.02, 0.08
"""Seconds that a step waits."""
SOFT_SECONDS, HARD_SECONDS = 15.0, 20.0
KIND = "chaos.effect"


class Actor:
    """Waits, and finds one thing: its own step."""

    spec: AgentSpec

    def run(self, work: Work) -> AgentReport:
        """Wait for a while that is the same at every attempt, and report. Raises ``StoppedError`` when told to stop."""
        if work.stop_signal.wait(seconds_of(work.run_id, work.step)):
            raise StoppedError(f"{work.step} was told to stop")
        target = work.target.id if work.target else "everything"
        finding = Finding(
            kind=KIND,
            target=target,
            claim=work.step,
            severity=Severity.INFO,
            confidence=1.0,
            title=f"{work.step} was done",
            data={"heard": len(work.reports)},
        )
        return AgentReport(agent=self.spec.name, target=target, summary=work.step, findings=(finding,))


class Collector(Actor):
    """Waits for sources that are not there."""

    spec = AgentSpec(
        name="collector",
        title="Collects nothing",
        capabilities=frozenset({"collect:git", "collect:dependencies", "collect:advisories"}),
        target_kinds=frozenset(TargetKind),
        pool=Pool.THREADS,
        soft_seconds=SOFT_SECONDS,
        hard_seconds=HARD_SECONDS,
    )


class Physician(Actor):
    """Looks at repositories."""

    spec = AgentSpec(
        name="physician",
        title="Finds its own step",
        capabilities=frozenset({"analyse:health"}),
        target_kinds=frozenset({TargetKind.GIT}),
        reads=frozenset({"commit"}),
        pool=Pool.PROCESSES,
        soft_seconds=SOFT_SECONDS,
        hard_seconds=HARD_SECONDS,
    )


class Auditor(Actor):
    """Looks at lock files, once the advisories are read."""

    spec = AgentSpec(
        name="auditor",
        title="Finds its own step",
        capabilities=frozenset({"analyse:exposure"}),
        target_kinds=frozenset({TargetKind.SBOM}),
        reads=frozenset({"dependency", "advisory"}),
        pool=Pool.PROCESSES,
        soft_seconds=SOFT_SECONDS,
        hard_seconds=HARD_SECONDS,
    )


class Writer(Actor):
    """Joins the others."""

    spec = AgentSpec(
        name="writer",
        title="Joins what the others did",
        capabilities=frozenset({"report"}),
        pool=Pool.THREADS,
        soft_seconds=SOFT_SECONDS,
        hard_seconds=HARD_SECONDS,
    )


def seconds_of(run_id: str, step: str) -> float:
    """Return how long a step waits, in seconds."""
    return Random(f"{run_id}:{step}").uniform(SHORTEST, LONGEST)


ACTORS: tuple[type[Agent], ...] = (Collector, Physician, Auditor, Writer)


def specs() -> Mapping[str, AgentSpec]:
    """Return every agent's spec by its name."""
    return {actor.spec.name: actor.spec for actor in ACTORS}
