"""The real way in: the intake's own ``accept``, timed from the call on, for triggers and for plans made by hand."""

import time
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, Self
from uuid import UUID

from sqlalchemy import text

from benchmarks.urgent.cast import app
from orchestrator import wiring
from orchestrator.domain.triggers import Trigger
from orchestrator.intake import Intake
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.submit import Submission
from orchestrator.settings import get_settings
from orchestrator.store.process import engine
from orchestrator.telemetry import configure_logging

POLL_SECONDS = 0.02

_BEGAN = text("""
    SELECT extract(epoch FROM r.created_at)::float AS writing, min(extract(epoch FROM s.claimed_at))::float AS claiming,
           min((s.result -> 'metrics' ->> 'began')::float) AS began
    FROM runs r JOIN steps s ON s.run_id = r.id WHERE r.id = :run GROUP BY r.id
""")


class UnfinishedError(Exception):
    """A run did not end as it should, or not in time."""


class Pressed(NamedTuple):
    """A run that was submitted, and when the call began and returned, by this machine's clock."""

    run_id: UUID
    at: float
    returned: float


class Waited(NamedTuple):
    """When a run was written down, its call returned, its first step was claimed and began, from the call on."""

    writing: float
    returned: float
    claiming: float
    began: float


@dataclass(frozen=True)
class PlannedIntake(Intake):
    """The intake, with plans that were made by hand where it would ask the planner."""

    planned: dict[str, Submission] = field(default_factory=dict)

    @classmethod
    def like(cls, real: Intake) -> Self:
        """Return an intake with everything that the real one has, its gate too."""
        return cls(**{one.name: getattr(real, one.name) for one in fields(Intake)})

    def prepare(self, trigger: Trigger, *, rerun_of: UUID | None = None) -> Submission:
        """Return what was planned for the trigger's key, else what the planner says."""
        given = self.planned.pop(trigger.key, None)
        return given or super().prepare(trigger, rerun_of=rerun_of)


class Door:
    """Submits, waits and counts, in the process whose environment names the servers."""

    def __init__(self) -> None:
        configure_logging(get_settings())
        self.intake = PlannedIntake.like(wiring.intake())
        self.broker = Broker(app)

    def press(self, submission: Submission) -> Pressed:
        """Submit a plan made by hand."""
        at = time.time()
        self.intake.planned[submission.trigger.key] = submission
        return Pressed(self.intake.accept(submission.trigger).run_id, at, time.time())

    def trigger(self, trigger: Trigger) -> Pressed:
        """Submit a trigger."""
        at = time.time()
        return Pressed(self.intake.accept(trigger).run_id, at, time.time())

    def wait(self, run_id: UUID, *, seconds: float) -> float:
        """Wait until a run has succeeded; return when, by the ledger. Raises ``UnfinishedError``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with engine().connect() as conn:
                row = conn.execute(_END, {"run": run_id}).one()
            if row.ended is not None:
                if row.state != "succeeded":
                    raise UnfinishedError(f"run {run_id} is {row.state}: {row.error}")
                return float(row.ended)
            time.sleep(POLL_SECONDS)
        raise UnfinishedError(f"run {run_id} has not ended after {seconds:g} s")

    def waits(self, pressed: list[Pressed], *, seconds: float) -> list[Waited]:
        """Return for how long each run's first step waited until it began, in seconds, and in what."""
        for one in pressed:
            self.wait(one.run_id, seconds=seconds)
        return [self.waited(one) for one in pressed]

    def waited(self, one: Pressed) -> Waited:
        """Return for how long the first step of a run that has ended waited."""
        with engine().connect() as conn:
            row = conn.execute(_BEGAN, {"run": one.run_id}).one()
        return Waited(*(mark - one.at for mark in (row.writing, one.returned, row.claiming, row.began)))

    def depths(self) -> dict[str, int]:
        """Return how many messages wait in each of the agents' queues."""
        return self.broker.depths(app.amqp.queues)

    def query(self, statement: str, **values: object) -> list[Any]:
        """Return the rows of a query."""
        with engine().connect() as conn:
            return list(conn.execute(text(statement), values))


_END = text("""
    SELECT state, error, extract(epoch FROM finished_at)::float AS ended FROM runs WHERE id = :run
""")
