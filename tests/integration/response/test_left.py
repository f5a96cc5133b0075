"""A command that served a run itself carries out what the run sets off, for nobody else would soon."""

import pytest
from sqlalchemy.exc import OperationalError
from support.responses import TARGET, Ended, finding
from support.stages import Stage
from support.timetables import listed

from orchestrator import wiring
from orchestrator.cli.responding import carry_out
from orchestrator.cli.terminal import notes
from orchestrator.domain.responses import Change, FollowUp, Rule
from orchestrator.response.left import left_over
from orchestrator.response.responder import Responder
from orchestrator.scheduling.schedules import watch


@pytest.fixture(autouse=True)
def fresh_notes() -> None:
    notes.cache_clear()


def test_what_a_run_sets_off_is_carried_out_and_what_is_left_is_said(
    stage: Stage, ended: Ended, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a run that sets off a change at once, and a run for which somebody has to be there
    with stage.engine.begin() as conn:
        watch(conn, listed(TARGET), jitter=0)
    rules = (
        Rule(name="closer", then=Change(max_age_seconds=3_600), dry_run=False),
        Rule(name="again", then=FollowUp(), dry_run=False),
    )
    run = ended.run(*rules, found=(finding(),))
    # When its command carries out what it can
    carry_out(stage.engine, run)
    # Then both actions are done, and the follow-up run waits for a stack
    said = capsys.readouterr().err
    assert "actions: 2 carried out, 0 left" in said
    assert "0 actions and 1 follow-up runs" in said
    with stage.engine.connect() as conn:
        assert left_over(conn) == (0, 1)


def test_a_run_without_rules_sets_nothing_off(stage: Stage, ended: Ended, capsys: pytest.CaptureFixture[str]) -> None:
    run = ended.run(found=(finding(),))
    carry_out(stage.engine, run)
    assert capsys.readouterr().err == ""


def test_where_the_database_fails_the_next_stack_goes_on(
    stage: Stage, ended: Ended, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ended.run(Rule(name="again", then=FollowUp(), dry_run=False), found=(finding(),))
    wiring.responder().tend(stage.engine)

    def fail(_: Responder) -> int:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(Responder, "act", fail)
    carry_out(stage.engine, run)
    assert "`lookout up` goes on with what is left: 1 actions" in capsys.readouterr().err
