"""Reading runs, and answering for them: what people, doors and callers are told."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from celery.result import AsyncResult
from sqlalchemy import text
from support.plays import Play, act, in_turn, join
from support.runners import Crew
from support.stages import Stage, broker_client
from support.timetables import catalogue_sender

from agents.catalog import catalog
from agents.contract import AgentReport, Work
from agents.errors import BadEvidenceError
from orchestrator import doors
from orchestrator.domain.runs import RunState
from orchestrator.errors import UnknownRunError
from orchestrator.intake import Intake
from orchestrator.ledger import endings
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.store.runs import find_run, list_runs, read_progress, read_run, severities

pytestmark = [
    pytest.mark.services,
    # Celery's Redis backend, not ours, calls what redis-py would have called otherwise.
    pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning"),
]

LOOK = {"kind": "monitor", "targets": [{"kind": "git", "location": "/srv/flask"}]}


def failing(work: Work) -> AgentReport:
    raise BadEvidenceError(f"{work.step}: wrong")


@pytest.fixture
def door(stage: Stage) -> tuple[Intake, Copies]:
    """Return what stands behind the door for callers that have only Celery."""
    app = catalogue_sender(stage.addresses.broker_url)
    copies = Copies(app, keep_seconds=60)
    relay = Relay(stage.engine, app, specs=catalog(), copies=copies)
    return Intake(engine=stage.engine, relay=relay, specs=catalog(), limits=Limits()), copies


def test_runs_are_listed_newest_first_and_by_state(stage: Stage, play: Play) -> None:
    # Given three runs, one of which is done
    runs = [play.run(in_turn(act("a"), join("b"))) for _ in range(3)]
    Crew(stage.engine).play(runs[1], "a", "b")
    with stage.engine.connect() as conn:
        # When they are listed, then the newest first, each with how far it is
        lines = list_runs(conn, tenant="default")
        assert [line.id for line in lines] == runs[::-1]
        assert [(line.steps, line.ended, line.findings, line.state) for line in lines[1:]] == [
            (2, 2, 2, RunState.SUCCEEDED),
            (2, 0, 0, RunState.RUNNING),
        ]
        assert [line.id for line in list_runs(conn, tenant="default", states=[RunState.SUCCEEDED])] == [runs[1]]
        assert len(list_runs(conn, tenant="default", limit=2)) == 2
        assert list_runs(conn, tenant="other") == ()


def test_a_run_is_found_by_its_id_by_the_beginning_of_it_and_as_the_latest(stage: Stage, play: Play) -> None:
    with stage.engine.connect() as conn, pytest.raises(UnknownRunError, match="no runs yet"):
        find_run(conn, "latest", tenant="default")
    # Given two runs
    first, second = play.run(act("a")), play.run(act("a"))
    with stage.engine.connect() as conn:
        # When they are asked for, then a full id, enough of one, and the word for the newest find them
        assert find_run(conn, str(first).upper(), tenant="default") == first
        assert find_run(conn, f" {str(second)[:36]} ", tenant="default") == second
        assert find_run(conn, "latest", tenant="default") == second
        for name, words in {
            "%": "is no id",
            "": "is no id",
            str(uuid4()): "not known",
            str(first)[:4]: "several",
        }.items():
            with pytest.raises(UnknownRunError, match=words):
                find_run(conn, name, tenant="default")


def test_a_run_is_read_whole(stage: Stage, play: Play) -> None:
    # Given a run whose first step failed for good
    run_id = play.run(in_turn(act("a"), join("b")))
    Crew(stage.engine, failing).play(run_id, "a")
    Crew(stage.engine).play(run_id, "b")
    with stage.engine.connect() as conn:
        # When it is read
        view = read_run(conn, run_id, tenant="default")
        # Then plan, steps and attempts are there
        assert (view.state, view.error, view.rerun_of) == (RunState.PARTIAL, None, None)
        assert [(step.name, str(step.state), step.summary) for step in view.steps] == [
            ("a", "failed", None),
            ("b", "succeeded", "b"),
        ]
        assert [(each.step, each.outcome) for each in view.attempts] == [("a", "failed"), ("b", "succeeded")]
        assert [step.name for step in view.plan.steps] == ["a", "b"]
        assert view.result is not None
        assert view.result["steps"] == {"failed": 1, "succeeded": 1}
        assert severities(conn, run_id) == {"info": 1}
        progress = read_progress(conn, run_id)
        assert (progress.state, progress.steps) == (RunState.PARTIAL, view.steps)
        with pytest.raises(UnknownRunError, match="not known"):
            read_run(conn, UUID(int=7), tenant="default")


def test_an_id_is_answered_as_its_run_stands(stage: Stage, play: Play) -> None:
    # Given a run, and whoever asks for it through Celery
    run_id = play.run(in_turn(act("a"), join("b")))
    result = AsyncResult(str(run_id), app=play.app)
    crew = Crew(stage.engine)
    # When it goes on, then the answer goes with it
    assert result.state == "PENDING"
    crew.play(run_id, "a")
    assert result.state == "STARTED"
    crew.play(run_id, "b")
    assert result.get(timeout=10)["state"] == "succeeded"
    assert isinstance(result.date_done, datetime)
    # And an id that nobody knows, or that is none, waits for ever
    assert AsyncResult(str(uuid4()), app=play.app).state == "PENDING"
    assert AsyncResult("nobody", app=play.app).state == "PENDING"


def test_a_cancelled_run_is_revoked_for_whoever_waits(stage: Stage, play: Play) -> None:
    # Given a run that is cancelled, when it is asked for, then it says so
    run_id = play.run(act("a"))
    with stage.engine.begin() as conn:
        endings.stop_run(conn, run_id, state=RunState.CANCELLED, error="ada said so")
    result = AsyncResult(str(run_id), app=play.app)
    assert result.state == "REVOKED"
    with pytest.raises(RuntimeError, match="cancelled: ada said so"):
        result.get(timeout=10)


def test_a_callers_id_leads_to_its_run_and_its_copy(stage: Stage, door: tuple[Intake, Copies], play: Play) -> None:
    # Given a caller whose trigger was taken in
    intake, copies = door
    told = doors.accept_message(intake, copies, {**LOOK, "key": "mine"}, args=(), task_id="caller-1")
    run_id = UUID(str(told["run_id"]))
    assert told["fresh"]
    broker = broker_client(stage.addresses)
    assert broker.get("celery-task-meta-caller-1") is None
    # When the run ends, and the outbox is sent
    with stage.engine.begin() as conn:
        endings.stop_run(conn, run_id, state=RunState.CANCELLED, error="ada said so")
    intake.relay.send_due()
    # Then the caller's own id is answered, and the copy is there, for a while
    assert AsyncResult("caller-1", app=play.app).state == "REVOKED"
    assert b"REVOKED" in (broker.get("celery-task-meta-caller-1") or b"")
    assert 0 < broker.ttl("celery-task-meta-caller-1") <= 60
    # And a second caller with the same key finds the same run, over as it is, and its copy at once
    again = doors.accept_message(intake, copies, {**LOOK, "key": "mine"}, args=(), task_id="caller-2")
    assert (again["run_id"], again["fresh"]) == (str(run_id), False)
    assert b"REVOKED" in (broker.get("celery-task-meta-caller-2") or b"")


def test_a_second_caller_of_a_live_run_gets_no_copy_before_its_end(stage: Stage, door: tuple[Intake, Copies]) -> None:
    # Given a live run, when another caller comes with its key, then nothing says that it is over
    for caller in ("caller-1", "caller-2"):
        doors.accept_message(*door, {**LOOK, "key": "mine"}, args=(), task_id=caller)
    assert broker_client(stage.addresses).keys("celery-task-meta-*") == []


@pytest.mark.parametrize(
    ("payload", "task_id", "words"),
    [
        ({"kind": "nothing"}, "caller-1", "kind: Input should be"),
        ({**LOOK, "k\x00y": 1}, "caller-1", "not permitted"),
        ({**LOOK, "k\ud800y": 1}, "caller-1", "unable to parse"),
        ({"kind": "release", "targets": LOOK["targets"]}, "caller-1", "subject: is empty"),
        (LOOK, "x" * 5_000, "task_id: has 5000 characters"),
        ({"kind": "nothing"}, "nul\x00", "kind: Input should be"),
    ],
)
def test_a_refusal_leaves_a_trace_under_the_callers_id(  # noqa: PLR0917  the columns of the table
    stage: Stage, door: tuple[Intake, Copies], play: Play, payload: dict[str, object], task_id: str, words: str
) -> None:
    # Given a payload that no run can be made of
    with pytest.raises(doors.RefusedError, match=words):
        doors.accept_message(*door, payload, args=(), task_id=task_id)
    # Then the reason stays, in the ledger and as a copy for the caller
    with stage.engine.connect() as conn:
        assert words in conn.execute(text("SELECT refusal FROM calls")).scalar_one()
        assert conn.execute(text("SELECT count(*) FROM runs")).scalar_one() == 0
    assert b"ValueError" in (broker_client(stage.addresses).get(f"celery-task-meta-{task_id}") or b"")
    if len(task_id) < 200:
        with pytest.raises(ValueError, match=words):
            AsyncResult(task_id, app=play.app).get(timeout=10)


def test_a_good_trigger_may_have_a_strange_id(door: tuple[Intake, Copies], play: Play) -> None:
    # Given a caller whose id holds what Postgres cannot keep, when it asks, then its run is found all the same
    doors.accept_message(*door, dict(LOOK), args=(), task_id="nul\x00")
    assert AsyncResult("nul\x00", app=play.app).state == "PENDING"


def test_other_brokers_hold_no_copies(play: Play, stage: Stage) -> None:
    # Given a broker that is no Redis, when a copy is stored, then nothing happens
    app = catalogue_sender("memory://")
    app.conf.broker_url = "memory://"
    Copies(app, keep_seconds=60).store("caller-1", state="SUCCESS", result=1)
    assert broker_client(stage.addresses).keys("celery-task-meta-*") == []
