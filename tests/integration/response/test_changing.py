"""Follow-up runs and changed targets, through the real intake and the real schedules."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from celery import Celery
from sqlalchemy import text
from sqlalchemy.exc import DataError
from support.responses import TARGET, Ended, finding, rows
from support.runners import holding
from support.stages import Stage
from support.timetables import catalogue_sender, intake_of, listed

from agents.contract import Target, TargetKind
from orchestrator.admission.bounds import Bounds
from orchestrator.admission.gate import Gate
from orchestrator.domain.responses import ActionKind, ActionState, Change, FollowUp, Rule
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.domain.watchlist import Timing
from orchestrator.errors import ActionUndoError
from orchestrator.ledger.decisions import Backoff
from orchestrator.response import statements
from orchestrator.response.changing import ChangeTarget
from orchestrator.response.considering import Terms, consider_ended
from orchestrator.response.contract import ActionError
from orchestrator.response.deciding import Tries
from orchestrator.response.executing import Executor
from orchestrator.response.follow_up import StartFollowUp
from orchestrator.response.orders import order_of
from orchestrator.response.reading import list_actions
from orchestrator.response.rehearsing import rehearse
from orchestrator.response.undoing import undo
from orchestrator.scheduling.schedules import list_schedules, watch
from orchestrator.store.engine import make_engine

OTHER = Target(kind=TargetKind.SBOM, location="/srv/other.txt")
CLOSER = Rule(name="closer", then=Change(tier="critical", max_age_seconds=3_600), dry_run=False)
AGAIN = Rule(name="again", then=FollowUp(look=("exposure",)), dry_run=False)


@pytest.fixture
def app(stage: Stage) -> Iterator[Celery]:
    app = catalogue_sender(stage.addresses.broker_url)
    yield app
    app.close()


@pytest.fixture
def executor(stage: Stage, app: Celery) -> Executor:
    known = (StartFollowUp(intake_of(stage, app)), ChangeTarget(stage.engine, jitter=0))
    tries = Tries(failures=2, losses=5, backoff=Backoff(multiplier=0, max=0))
    return Executor(stage.engine, {action.kind: action for action in known}, tries=tries, owner="one")


def watched(stage: Stage, *targets: Target, timings: dict[str, Timing] | None = None) -> None:
    """Watch a list, as its file says it."""
    with stage.engine.begin() as conn:
        watch(conn, listed(*targets).model_copy(update={"timings": timings or {}}), jitter=0)


def scheduled(stage: Stage) -> dict[str, list[tuple[str, str]]]:
    """Return the targets and their tiers of each schedule in force."""
    found = rows(stage, "SELECT name, trigger FROM schedules WHERE NOT retired ORDER BY name")
    return {row.name: [(target["location"], target["tier"]) for target in row.trigger["targets"]] for row in found}


def acted(stage: Stage, executor: Executor) -> tuple[str, ActionState, str | None]:
    """Consider what ended, do what is due; return the newest action."""
    consider_ended(stage.engine, terms=Terms())
    executor.run()
    with stage.engine.connect() as conn:
        line = list_actions(conn)[0]
    return line.id, line.state, line.error


def test_a_follow_up_run_is_about_the_findings_target_and_there_is_one_however_often_it_is_done(
    stage: Stage, ended: Ended, executor: Executor
) -> None:
    # Given a finding and a rule that looks again
    ended.run(AGAIN, found=(finding(),))
    name, state, _ = acted(stage, executor)
    assert state is ActionState.DONE
    (run,) = rows(stage, "SELECT id, trigger, trigger_key FROM runs WHERE trigger ->> 'source' = 'response'")
    assert [target["location"] for target in run.trigger["targets"]] == [TARGET.location]
    assert run.trigger["options"]["look"] == ["exposure"]
    assert run.trigger["options"]["respond"]
    # When its holder dies before the record, and it is done again
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE actions SET state = 'due', result = NULL"))
    executor.run()
    # Then it is the same run
    (again,) = rows(stage, "SELECT id FROM runs WHERE trigger ->> 'source' = 'response'")
    assert again.id == run.id
    (result,) = rows(stage, "SELECT result FROM actions")
    assert UUID(result.result["facts"]["run"]) == run.id
    assert name in str(run.trigger_key)


def test_a_follow_up_that_nobody_can_do_fails_at_once_with_the_reason(
    stage: Stage, ended: Ended, executor: Executor
) -> None:
    # Given a rule that wants health of a lock file, when it is done, then it says that this cannot be
    ended.run(AGAIN.model_copy(update={"then": FollowUp(look=("health",))}), found=(finding(),))
    _, state, error = acted(stage, executor)
    assert state is ActionState.FAILED
    assert error


def test_a_follow_up_is_rehearsed_put_off_where_there_is_no_room_and_not_undone(
    stage: Stage, ended: Ended, executor: Executor, app: Celery
) -> None:
    # Given a finding and a rule that looks again, when it is rehearsed, then the run's steps are told
    run = ended.run(AGAIN, found=(finding(),))
    first = rehearse(stage.engine, run, actions=executor.actions, terms=Terms()).actions[0].would
    assert first == "would start a run of 3 steps"
    # And where there is no room for a run, it is tried again later
    intake_of(stage, app).accept(Trigger(kind=TriggerKind.MONITOR, targets=(OTHER,)))
    full = Gate(stage.engine, Bounds(0, 0, reserve=0))
    crowded = StartFollowUp(replace(intake_of(stage, app), gate=full))
    actions = {**executor.actions, ActionKind.FOLLOW_UP: crowded}
    consider_ended(stage.engine, terms=Terms())
    assert replace(executor, actions=actions).run_one()
    (row,) = rows(stage, "SELECT state, failures, due_at > now() AS later FROM actions")
    assert (row.state, row.failures, row.later) == ("due", 0, True)
    # And once there is, it is done, and told how to end it
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE actions SET due_at = now()"))
    name, state, _ = acted(stage, executor)
    assert state is ActionState.DONE
    with pytest.raises(ActionUndoError, match="lookout runs cancel"):
        undo(stage.engine, name, actions=executor.actions, who="ada", why="")


def test_what_cannot_be_followed_up_says_why(stage: Stage, ended: Ended, executor: Executor) -> None:
    # Given a finding about a target that the run does not have, and one whose run is gone
    strange = finding().model_copy(update={"target": "git:/elsewhere"})
    run = ended.run(AGAIN, found=(strange,))
    assert "is none of the run's targets" in str(acted(stage, executor)[2])
    gone = ended.run(AGAIN, found=(finding("gone"),))
    consider_ended(stage.engine, terms=Terms())
    with stage.engine.begin() as conn:
        conn.execute(text("DELETE FROM runs WHERE id = :run"), {"run": gone})
    assert "is no longer known" in str(acted(stage, executor)[2])
    # And a rehearsal of what nobody can do says so as well
    nobody = [AGAIN.model_copy(update={"name": "n", "then": FollowUp(look=("health",))})]
    run = ended.run(found=(finding("r"),))
    told = rehearse(stage.engine, run, actions=executor.actions, terms=Terms(), rules=nobody)
    assert told.actions[0].would.startswith("could not")


def test_a_target_is_looked_at_more_closely_and_watching_its_file_again_keeps_that(
    stage: Stage, ended: Ended, executor: Executor
) -> None:
    # Given two lock files that are looked at once a day
    watched(stage, TARGET, OTHER)
    run = ended.run(CLOSER, found=(finding(),))
    # When a rehearsal is asked, then it says what would change, and nothing does
    told = rehearse(stage.engine, run, actions=executor.actions, terms=Terms()).actions[0].would
    assert told == "would change tier tools to critical, age 1d to 1h of lock.txt in stack"
    assert set(scheduled(stage)) == {"stack/1d"}
    # When the action is done
    name, state, _ = acted(stage, executor)
    # Then the one target has another tier and another rhythm, and the other one has its own
    closer = {"stack/1d": [("/srv/other.txt", "tools")], "stack/1h": [("/srv/lock.txt", "critical")]}
    assert state is ActionState.DONE
    assert scheduled(stage) == closer
    # And watching the same file again keeps that
    watched(stage, TARGET, OTHER)
    assert scheduled(stage) == closer
    # And undone, twice if need be, the file's word holds again
    undo(stage.engine, name, actions=executor.actions, who="ada", why="a false alarm")
    assert scheduled(stage) == {"stack/1d": [("/srv/lock.txt", "tools"), ("/srv/other.txt", "tools")]} or scheduled(
        stage
    ) == {"stack/1d": [("/srv/other.txt", "tools"), ("/srv/lock.txt", "tools")]}
    assert rows(stage, "SELECT * FROM target_changes") == []


def test_who_wakes_up_after_it_was_undone_changes_nothing(stage: Stage, ended: Ended, executor: Executor) -> None:
    # Given a change that was done and undone while its first holder slept
    watched(stage, TARGET)
    ended.run(CLOSER, found=(finding(),))
    name, _, _ = acted(stage, executor)
    undo(stage.engine, name, actions=executor.actions, who="ada", why="")
    (row,) = rows(stage, "SELECT * FROM actions")
    # When that one wakes up, then it changes nothing
    with pytest.raises(ActionError, match="ended by another"):
        executor.actions[ActionKind.CHANGE].perform(order_of(row))
    assert rows(stage, "SELECT * FROM target_changes") == []


def test_what_was_held_stays_held_through_a_change_its_undoing_and_a_follow_up(
    stage: Stage, ended: Ended, executor: Executor
) -> None:
    # Given a watchlist whose results wait for an approval
    with stage.engine.begin() as conn:
        watch(conn, listed(TARGET).model_copy(update={"hold_report": True, "respond": (CLOSER,)}), jitter=0)
    held = "SELECT trigger #>> '{options,hold_report}' AS held FROM schedules WHERE NOT retired"
    # When an action changes its target, and is undone, then they still do
    ended.run(CLOSER, found=(finding(),))
    name, _, _ = acted(stage, executor)
    assert [row.held for row in rows(stage, held)] == ["true"]
    undo(stage.engine, name, actions=executor.actions, who="ada", why="")
    assert [row.held for row in rows(stage, held)] == ["true"]
    # And so does what follows up a run that was held
    options = {"respond": [AGAIN.model_dump(mode="json")], "hold_report": True}
    ended.run(found=(finding("d"),), trigger={"options": options})
    acted(stage, executor)
    (run,) = rows(stage, "SELECT trigger FROM runs WHERE trigger ->> 'source' = 'response'")
    assert run.trigger["options"]["hold_report"] is True


def test_a_persons_edit_of_the_file_is_the_newer_word(stage: Stage, ended: Ended, executor: Executor) -> None:
    # Given a target that an action changed
    watched(stage, TARGET)
    ended.run(CLOSER, found=(finding(),))
    acted(stage, executor)
    # When a person writes another age into the file
    watched(stage, TARGET.model_copy(update={"max_age_seconds": 7_200}))
    # Then the person's word holds
    assert scheduled(stage) == {"stack/2h": [("/srv/lock.txt", "tools")]}


def test_two_changes_of_one_target_can_be_undone_in_any_order(stage: Stage, ended: Ended, executor: Executor) -> None:
    # Given a target whose age one action changed, and whose tier another
    watched(stage, TARGET)
    ended.run(
        Rule(name="age", then=Change(max_age_seconds=3_600), dry_run=False),
        Rule(name="tier", then=Change(tier="critical"), dry_run=False),
        found=(finding(),),
    )
    acted(stage, executor)
    assert scheduled(stage) == {"stack/1h": [("/srv/lock.txt", "critical")]}
    ids = {row.rule: row.id for row in rows(stage, "SELECT rule, id FROM actions")}
    # When the first is undone, then the second still holds, and then neither
    undo(stage.engine, ids["age"], actions=executor.actions, who="ada", why="")
    assert scheduled(stage) == {"stack/1d": [("/srv/lock.txt", "critical")]}
    undo(stage.engine, ids["tier"], actions=executor.actions, who="ada", why="")
    assert scheduled(stage) == {"stack/1d": [("/srv/lock.txt", "tools")]}


def test_what_is_not_watched_or_follows_the_clock_is_not_changed(
    stage: Stage, ended: Ended, executor: Executor
) -> None:
    # Given a target that stands in no schedule, when it is to be changed, then that fails at once with the remedy
    ended.run(CLOSER, found=(finding(),))
    _, state, error = acted(stage, executor)
    assert (state, "lookout schedules watch" in str(error)) == (ActionState.FAILED, True)
    # And one that is looked at by the clock keeps its times
    watched(stage, TARGET, timings={TARGET.id: Timing(cron="0 6 * * *")})
    ended.run(CLOSER, found=(finding("other"),))
    _, state, error = acted(stage, executor)
    assert (state, "by the clock" in str(error)) == (ActionState.FAILED, True)
    assert rows(stage, "SELECT * FROM target_changes") == []
    with stage.engine.connect() as conn:
        assert [each.cron for each in list_schedules(conn)] == ["0 6 * * *"]


def test_a_change_and_a_person_who_watches_the_list_lock_its_schedules_in_the_same_order(
    stage: Stage, ended: Ended, executor: Executor
) -> None:
    # Given a schedule that is retired, and whose name comes before that of the one in force
    watched(stage, TARGET.model_copy(update={"max_age_seconds": 43_200}))
    watched(stage, TARGET)
    ended.run(CLOSER, found=(finding(),))
    consider_ended(stage.engine, terms=Terms())
    # When somebody who locks them in the order of names is at the first, and an action comes by
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with ThreadPoolExecutor(1) as pool:
        with holding(stage.engine, "SELECT FROM schedules WHERE name = 'stack/12h' AND retired FOR UPDATE") as other:
            acting = pool.submit(executor.run_one)
            stage.wait(lambda: stage.one(waits) == 1)
            # Then the action holds no later one yet
            other.exec_driver_sql("SELECT FROM schedules WHERE name = 'stack/1d' FOR UPDATE NOWAIT")
        assert acting.result(30)
    assert scheduled(stage) == {"stack/1h": [("/srv/lock.txt", "critical")]}


def test_a_change_that_waited_for_a_person_s_edit_changes_what_that_left(
    stage: Stage, ended: Ended, executor: Executor
) -> None:
    # Given an action about a list whose file a person is just watching again, with one more target and another age
    watched(stage, TARGET)
    ended.run(Rule(name="tier", then=Change(tier="critical"), dry_run=False), found=(finding(),))
    consider_ended(stage.engine, terms=Terms())
    edited = listed(TARGET.model_copy(update={"max_age_seconds": 7_200}), OTHER)
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with ThreadPoolExecutor(1) as pool:
        with stage.engine.begin() as conn:
            watch(conn, edited, jitter=0)
            acting = pool.submit(executor.run_one)
            stage.wait(lambda: stage.one(waits) == 1)
        # When the action goes on, then both words hold
        assert acting.result(30)
    assert scheduled(stage) == {
        "stack/1d": [("/srv/other.txt", "tools")],
        "stack/2h": [("/srv/lock.txt", "critical")],
    }


def test_trouble_of_the_database_that_passes_is_tried_again_and_costs_no_holder(
    stage: Stage, ended: Ended, executor: Executor
) -> None:
    # Given a change whose schedules somebody else holds for longer than the database lets us wait
    watched(stage, TARGET)
    ended.run(CLOSER, found=(finding(),))
    consider_ended(stage.engine, terms=Terms())
    impatient = make_engine(stage.addresses.database_url, lock_seconds=0.05)
    changing = replace(executor, actions={ActionKind.CHANGE: ChangeTarget(impatient, jitter=0)})
    with holding(stage.engine, "SELECT FROM schedules FOR UPDATE"):
        assert changing.run_one()
    impatient.dispose()
    # Then it is due again, with a failure that names the trouble, and no holder is lost
    (row,) = rows(stage, "SELECT state, failures, losses, error FROM actions")
    assert (row.state, row.failures, row.losses) == ("due", 1, 0)
    assert row.error == "the database was in the way: LockNotAvailable"
    assert executor.run_one()
    assert scheduled(stage) == {"stack/1h": [("/srv/lock.txt", "critical")]}


def test_trouble_of_the_database_that_does_not_pass_is_not_hidden(
    stage: Stage, ended: Ended, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an action that asks the database for nonsense, when it is done, then whoever runs it hears of it
    ended.run(CLOSER, found=(finding(),))
    consider_ended(stage.engine, terms=Terms())
    monkeypatch.setattr(statements, "LOCK_WATCHED", text("SELECT 1 / 0"))
    with pytest.raises(DataError):
        executor.run_one()
