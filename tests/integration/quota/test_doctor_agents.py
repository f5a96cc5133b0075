"""What `lookout doctor` says of breakers, lost slots and paused runs."""

from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import Play, act
from support.stages import Stage

from orchestrator.doctor.agents import check_agents
from orchestrator.doctor.check import Verdict
from orchestrator.doctor.health import overdue_check
from orchestrator.ledger.control import pause_run
from orchestrator.ledger.heart import Pulse, StopReason
from orchestrator.ledger.slots import SlotReport


def checks(stage: Stage) -> dict[str, tuple[Verdict, str]]:
    with stage.engine.connect() as conn:
        return {check.name: (check.verdict, check.seen) for check in check_agents(conn)}


def sql(stage: Stage, statement: str, **values: object) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text(statement), values)


def test_nothing_is_said_where_nothing_is(stage: Stage) -> None:
    # Given / When / Then
    assert {verdict for verdict, _ in checks(stage).values()} == {Verdict.OK}


@pytest.mark.parametrize(
    ("until", "words"), [("2099-01-01", "is open until 2099-01-01 00:00:00 UTC"), ("2020-01-01", "lets one step at a")]
)
def test_an_agent_that_is_left_alone_is_named_with_its_time(stage: Stage, until: str, words: str) -> None:
    # Given a breaker that opened
    sql(stage, "INSERT INTO breakers (agent, trips, why) VALUES ('youtube', 1, 'TimeoutError')")
    sql(stage, "UPDATE breakers SET open_until = CAST(:until AS timestamptz)", until=until)
    # When it is looked at, then it is a warning: work goes on
    verdict, seen = checks(stage)["breakers"]
    assert verdict is Verdict.WARNING
    assert seen.startswith(f"breaker of agent youtube {words}")
    assert seen.endswith("(TimeoutError)")


def test_lost_slots_are_counted_by_agent_for_a_day(stage: Stage, play: Play) -> None:
    # Given a step whose worker reported its slot lost, twice, once long ago
    run_id: UUID = play.run(act("a"))
    pulse = Pulse(run_id=run_id, step="a", attempt=1)
    pulse.end(StopReason.OUT_OF_TIME)
    report = SlotReport(stage.engine, worker="w")
    report.tell(pulse)
    sql(stage, "UPDATE lost_slots SET at = now() - interval '2 days'")
    assert checks(stage)["slots"][0] is Verdict.OK
    report.tell(pulse)
    # When they are looked at, then the agent is named
    verdict, seen = checks(stage)["slots"]
    assert verdict is Verdict.WARNING
    assert "within a day: actor 1 (last 2" in seen


def test_paused_runs_are_counted_and_never_overdue(stage: Stage, play: Play) -> None:
    # Given a run that is paused, long past what was its deadline
    run_id = play.run(act("a"))
    with stage.engine.begin() as conn:
        pause_run(conn, run_id, why="w")
    sql(stage, "UPDATE runs SET deadline_at = now() - interval '1h'")
    # When it is looked at, then it is counted, and nobody is blamed for not ending it
    assert checks(stage)["paused runs"][1].startswith("1, the first since 2")
    with stage.engine.connect() as conn:
        assert overdue_check(conn).verdict is Verdict.OK
