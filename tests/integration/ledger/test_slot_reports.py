"""A slot that is lost is noted where `lookout doctor` finds it."""

import pytest
from sqlalchemy import text
from support.plays import Play, act
from support.stages import Stage

from orchestrator.ledger.heart import Pulse, StopReason
from orchestrator.ledger.slots import SlotReport

pytestmark = pytest.mark.services


def test_a_lost_slot_is_noted_with_its_step_its_worker_and_the_reason(stage: Stage, play: Play) -> None:
    # Given a step that ignored its stop
    run_id = play.run(act("a"))
    pulse = Pulse(run_id=run_id, step="a", attempt=3)
    pulse.end(StopReason.OUT_OF_TIME)
    # When its worker tells of it
    SlotReport(stage.engine, worker="w@host").tell(pulse)
    # Then it is written down, with the agent that has the step
    with stage.engine.connect() as conn:
        columns = "run_id, step, attempt, agent, worker, reason"
        rows = conn.execute(text(f"SELECT {columns} FROM lost_slots")).all()  # noqa: S608  the columns are ours
    assert [tuple(row) for row in rows] == [(run_id, "a", 3, "actor", "w@host", "out_of_time")]
