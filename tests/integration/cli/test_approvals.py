"""Answering and changing from the command line: what waits is shown, and mistakes say what fits."""

import json
import pwd
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from support.commands import Lookout
from support.plays import Play, act, in_turn, join, sender, side_by_side
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import AgentReport, AskKind, Question, Work
from agents.errors import PersonNeededError
from orchestrator.cli import approving
from orchestrator.cli.exits import Exit

pytestmark = pytest.mark.services


@pytest.fixture
def run_id(stage: Stage) -> str:
    """Return a run of which one step waits for an approval and one for an answer."""

    def ask(work: Work) -> AgentReport:
        if work.step == "asks" and not work.answers:
            raise PersonNeededError(Question(key="go", text="Shall \x1b[31mit go on?", kind=AskKind.APPROVAL))
        if work.step == "picks" and not work.answers:
            raise PersonNeededError(Question(key="which", text="Which colour?", choices=("red", "blue")))
        return report_of(work)

    play = Play(stage, sender(stage.addresses.broker_url))
    run = play.run(in_turn(side_by_side(act("asks"), act("picks"), act("other")), join("last")))
    Crew(stage.engine, ask).play(run, "asks", "picks")
    return str(run)


def waiting(lookout: Lookout) -> dict[str, str]:
    """Return the ids of what waits, by its step."""
    return {each["step"]: each["id"] for each in json.loads(lookout("approvals", "list", "--json").out)}


def test_what_waits_is_listed_shown_and_approved_once(run_id: str, lookout: Lookout) -> None:
    # Given what waits, shown without what could colour a terminal
    listed = lookout("approvals", "list")
    assert run_id in listed.out
    assert "Shall" in listed.out
    assert "\x1b" not in listed.out
    name = waiting(lookout)["asks"]
    shown = lookout("approvals", "show", name).out
    assert f"approval {name}: open" in shown
    assert "answers: approve, reject" in shown
    assert "where nobody answers: reject" in shown
    assert name in lookout("runs", "show", run_id).out
    # When two approve, then the second hears whose approval counts
    first = lookout("approvals", "approve", name[:5], "--why", "fine", "--as", "ada")
    assert (first.code, first.out.strip()) == (Exit.OK, f"{name}: approve")
    second = lookout("approvals", "reject", name)
    assert second.code == Exit.FAILED
    assert "too late; ada answered 'approve'" in second.err
    # And who and why stand beside the run
    assert "ada answered 'approve'" in lookout("runs", "show", run_id).out
    asked = json.loads(lookout("runs", "show", run_id, "--json").out)["asked"]
    assert [each["who"] for each in asked] == ["ada", None]
    assert name in lookout("approvals", "list", "--all").out
    assert "ada answered" in lookout("approvals", "show", name).out


def test_what_was_escalated_stands_first_with_the_reason(run_id: str, stage: Stage, lookout: Lookout) -> None:
    # Given two questions, of which the younger was escalated
    name = waiting(lookout)["picks"]
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE approvals SET asked_at = now() WHERE id = :id"), {"id": name})
        escalate = "UPDATE approvals SET escalated_at = now(), escalated_why = 'it is critical' WHERE id = :id"
        conn.execute(text(escalate), {"id": name})
    # Then it is listed first, and says why, in words and as JSON
    listed = json.loads(lookout("approvals", "list", "--json").out)
    assert [each["id"] == name for each in listed] == [True, False]
    assert listed[0]["escalated_why"] == "it is critical"
    assert "escalated: it is critical" in lookout("approvals", "list").out
    assert "UTC: it is critical" in lookout("approvals", "show", name).out
    assert run_id in lookout("approvals", "list").out


def test_a_question_is_answered_with_one_of_its_choices_by_the_user_of_the_machine(
    run_id: str, stage: Stage, lookout: Lookout
) -> None:
    name = waiting(lookout)["picks"]
    # When the answer does not fit, then it is refused and what fits is said
    refused = lookout("approvals", "answer", name, "green")
    assert (refused.code, "red, blue" in refused.err) == (Exit.USAGE, True)
    no_approval = lookout("approvals", "approve", name)
    assert (no_approval.code, f"approvals answer {name} ANSWER" in no_approval.err) == (Exit.USAGE, True)
    assert lookout("approvals", "show", "zzz").code == Exit.USAGE
    # And one that fits is taken
    told = json.loads(lookout("approvals", "answer", name, "red", "--json").out)
    assert (told["taken"], told["answer"], told["who"]) == (True, "red", approving.this_user())
    assert stage.one("SELECT state FROM steps WHERE name = 'picks'") == "pending"


def test_an_answer_after_the_end_says_what_became_of_the_run(run_id: str, lookout: Lookout) -> None:
    name = waiting(lookout)["asks"]
    assert lookout("runs", "cancel", run_id).code == Exit.OK
    late = lookout("approvals", "approve", name)
    assert late.code == Exit.FAILED
    assert f"`lookout runs show {run_id}`" in late.err
    assert "nobody answered before it was over" in lookout("runs", "show", run_id).out
    assert lookout("approvals", "list").out == ""
    assert lookout("approvals", "show", name, "--json").code == Exit.OK


def test_a_live_run_is_changed_and_shows_it(run_id: str, stage: Stage, lookout: Lookout) -> None:
    # When all that can be changed is changed at once
    changed = lookout(
        "runs", "change", run_id, "--drop", "other", "--priority", "critical", "--deadline", "2h", "--hold",
        "--why", "it matters", "--as", "ada",
    )  # fmt: skip
    # Then it is, and stands beside the run
    assert (changed.code, changed.err) == (Exit.OK, "")
    assert "changed (drop, priority, deadline, hold)" in changed.out
    assert stage.one("SELECT state FROM steps WHERE name = 'other'") == "skipped"
    assert stage.one("SELECT hold FROM runs")
    shown = lookout("runs", "show", run_id).out
    assert "changed by ada" in shown
    assert "it matters" in shown
    assert [each["what"] for each in json.loads(lookout("runs", "show", run_id, "--json").out)["changes"]] == [
        "drop", "priority", "deadline", "hold",
    ]  # fmt: skip
    assert lookout("runs", "change", run_id, "--release").code == Exit.OK


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((), "nothing to change"),
        (("--priority", "hihg"), "high"),
        (("--deadline", "soon"), "no span of time"),
        (("--deadline", "soon"), "ISO 8601"),
        (("--deadline", "2020-01-01"), "that is past"),
        (("--deadline", "9999-01-01T00:00Z"), "more than a year ahead"),
        (("--drop", "nobody"), "no such step"),
        (("--add", "analyse:health target=nobody"), "no target of the run"),
        (("--add", "dance"), "no agent can do it"),
        (("--add", ""), "describes no step"),
        (("--add", "'"), "describes no step"),
        (("--add", "report report"), "is no KEY=VALUE"),
        (("--add", "report name=a name=b"), "given twice"),
        (("--add", "report nmae=a"), "did you mean 'name'"),
    ],
)
def test_a_change_that_means_nothing_is_refused(
    words: tuple[str, ...], fault: str, run_id: str, lookout: Lookout
) -> None:
    refused = lookout("runs", "change", run_id, *words)
    assert (refused.code, fault in refused.err) == (Exit.USAGE, True)


def test_a_run_of_agents_that_are_not_known_takes_no_step_but_a_deadline_as_a_moment(
    run_id: str, stage: Stage, lookout: Lookout
) -> None:
    # When a step is added to a run whose agents the catalogue has not
    until = datetime.now(UTC) + timedelta(hours=2)
    changed = lookout(
        "runs", "change", run_id, "--add", "analyse:health target=asks agent=github needs=other name=look-again",
        "--deadline", f"{until:%Y-%m-%dT%H:%M}",
    )  # fmt: skip
    # Then that is refused, and the deadline stays with it
    assert (changed.code, changed.out) == (Exit.USAGE, "")
    assert "another version planned the run" in changed.err
    # And a deadline alone is set, without a zone in UTC
    assert lookout("runs", "change", run_id, "--deadline", f"{until:%Y-%m-%dT%H:%M}").code == Exit.OK
    assert stage.one("SELECT to_char(deadline_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM runs") == (
        f"{until:%Y-%m-%d %H:%M}"
    )


def test_a_step_is_added_to_a_real_plan(watchlist: Path, stage: Stage, lookout: Lookout) -> None:
    # Given a run of a watchlist that asks for health alone
    run = lookout("run", str(watchlist), "--look", "health").out.strip()
    before = stage.step_states(UUID(run))
    # When exposure is asked for as well, then its collection and it stand in the plan, each after what it needs
    collect = "collect:dependencies target=small name=deps"
    added = lookout("runs", "change", run, "--add", collect, "--add", "analyse:exposure target=small")
    assert (added.code, added.err) == (Exit.OK, "")
    shown = json.loads(lookout("runs", "show", run, "--json").out)
    assert set(stage.step_states(UUID(run))) - set(before) == {"deps", shown["changes"][1]["detail"]["step"]}
    assert "deps" in shown["changes"][1]["detail"]["needs"]
    assert [step["agent"] for step in shown["steps"] if step["name"] == "deps"] == ["data_manager"]
    # And what is wrong with a third is said
    again = lookout("runs", "change", run, "--add", "analyse:exposure target=small")
    assert (again.code, "name=NAME" in again.err) == (Exit.USAGE, True)


def test_a_user_without_a_name_answers_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nameless)
    assert approving.this_user().startswith("uid ")
