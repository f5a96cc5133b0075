"""The ledger seen as a whole: what it holds of some runs, read in one go, and what must hold of it at any time."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from orchestrator.domain.runs import RunState, StepEnd, StepState, run_end
from orchestrator.ledger.layout import END

_RUNS = text("SELECT *, deadline_at <= now() AS overdue FROM runs WHERE id = ANY(:runs)")
_STEPS = text("""
    SELECT *, lease_until < now() AS expired, stop_at < now() AS late, ready_at <= now() AS ready
    FROM steps WHERE run_id = ANY(:runs) ORDER BY run_id, position
""")
_GATES = text('SELECT run_id, name, "left" FROM gates WHERE run_id = ANY(:runs)')
_ATTEMPTS = text("SELECT run_id, step, attempt, outcome FROM attempts WHERE run_id = ANY(:runs) ORDER BY attempt")
_OUTBOX = text("SELECT run_id, why, steps FROM outbox WHERE run_id = ANY(:runs)")
_EFFECTS = text("SELECT run_id, step, count(*) AS n FROM effects WHERE run_id = ANY(:runs) GROUP BY 1, 2")

EARLY = {RunState.CANCELLED, RunState.TIMED_OUT}


@dataclass(frozen=True)
class Picture:
    """What the ledger holds of some runs."""

    runs: dict[UUID, Any]
    steps: dict[tuple[UUID, str], Any]
    gates: dict[tuple[UUID, str], int]
    attempts: dict[tuple[UUID, str], list[int]]
    outbox: list[Any]
    effects: dict[tuple[UUID, str], int]

    def of(self, run_id: UUID) -> list[Any]:
        """Return a run's steps, in plan order."""
        return [step for (run, _), step in self.steps.items() if run == run_id]

    def reached(self, step: Any) -> bool:  # noqa: ANN401  a database row
        """Whether the gate is open that a step stands behind."""
        return step.behind is None or self.gates[(step.run_id, step.behind)] == 0

    def claimable(self, step: Any) -> bool:  # noqa: ANN401  a database row
        """Whether a step may be taken now, by the words of the protocol."""
        run = self.runs[step.run_id]
        lost, late = step.state == "running" and not step.late, step.state == "running" and bool(step.late)
        free = (step.state == "pending" and step.ready) or (step.state == "running" and step.expired)
        left = step.failures + late < step.max_failures and step.losses + lost < step.max_losses
        return run.state == "running" and not run.overdue and bool(free) and left and self.reached(step)

    def named(self, step: Any) -> int:  # noqa: ANN401  a database row
        """Return how often the outbox names a step as one to be sent."""
        return sum(row.run_id == step.run_id and step.name in (row.steps or ()) for row in self.outbox)


def picture(engine: Engine, runs: list[UUID]) -> Picture:
    """Return what the ledger holds of the runs now."""
    with engine.connect() as conn:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        wanted = {"runs": runs}
        attempts: dict[tuple[UUID, str], list[int]] = {}
        for row in conn.execute(_ATTEMPTS, wanted):
            attempts.setdefault((row.run_id, row.step), []).append(row.attempt)
        return Picture(
            runs={row.id: row for row in conn.execute(_RUNS, wanted)},
            steps={(row.run_id, row.name): row for row in conn.execute(_STEPS, wanted)},
            gates={(row.run_id, row.name): row.left for row in conn.execute(_GATES, wanted)},
            attempts=attempts,
            outbox=list(conn.execute(_OUTBOX, wanted)),
            effects={(row.run_id, row.step): row.n for row in conn.execute(_EFFECTS, wanted)},
        )


def ended_early(run: Any, steps: list[Any]) -> bool:  # noqa: ANN401  a database row
    """Whether a run ended before all its steps had: from outside, or because a required one was lost."""
    lost = any(step.required and StepState(step.state) in {StepState.FAILED, StepState.TIMED_OUT} for step in steps)
    return RunState(run.state) in EARLY or (run.state == RunState.FAILED and lost)


def check_gates(seen: Picture) -> None:
    """Check that every gate of a run that was not ended early waits for exactly the steps that have yet to count."""
    waiting = Counter(dict.fromkeys(seen.gates, 0))
    for step in seen.steps.values():
        counted = StepState(step.state).ended and (step.state != StepState.SKIPPED or seen.reached(step))
        waiting[(step.run_id, step.counts)] += not counted
    for (run, gate), left in seen.gates.items():
        assert ended_early(seen.runs[run], seen.of(run)) or left == waiting[(run, gate)], (gate, left)


def check_steps(seen: Picture) -> None:
    """Check that nothing began before its gate opened, that attempts are counted, and that effects are once."""
    for place, step in seen.steps.items():
        assert step.attempt == 0 or seen.reached(step), f"{step.name} began behind a closed gate"
        assert seen.attempts.get(place, []) == list(range(1, step.attempt + 1)), "an attempt's number was used again"
        assert seen.effects.get(place, 0) == StepState(step.state).delivered, f"{step.name} is {step.state}"
        assert (step.lease_owner is not None) == (step.state == StepState.RUNNING)


def check_runs(seen: Picture) -> None:
    """Check that a run lives as long as its end gate waits, can always go on, and ends as its steps did."""
    for run_id, run in seen.runs.items():
        steps = seen.of(run_id)
        if run.state == RunState.RUNNING:
            assert seen.gates[(run_id, END)] > 0, "the end gate is open and the run goes on"
            able = [s for s in steps if s.state == "running" or (s.state == "pending" and seen.reached(s))]
            assert able, "nothing can happen any more, and the run goes on"
        elif not ended_early(run, steps):
            ends = [StepEnd(state=StepState(step.state), required=step.required) for step in steps]
            assert run.state == run_end(ends)
        if run.state != RunState.RUNNING:
            assert all(StepState(step.state).ended for step in steps)
            assert run.finished_at is not None
            assert run.result["state"] == run.state
            assert any(row.run_id == run_id and row.why == "ended" for row in seen.outbox)
