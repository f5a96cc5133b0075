"""What is old goes by itself, in lots, on real Postgres; what must be known for longer, or is in use, stays."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError
from structlog.testing import capture_logs
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.responses import Ended, finding
from support.runners import Crew, holding, report_of
from support.stages import Stage

from agents.contract import AgentReport, Evidence, Quarantined, Work
from agents.errors import BadEvidenceError
from orchestrator import wiring
from orchestrator.domain import responses
from orchestrator.ledger.dead import list_dead, requeue
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.replay import Replays
from orchestrator.response.considering import Terms, consider_ended
from orchestrator.retention import statements
from orchestrator.retention.keeping import Keeping
from orchestrator.retention.pruning import Pruner
from orchestrator.retention.rules import Rule, rules
from orchestrator.store.evidence import read_cursors, save_evidence
from orchestrator.store.runs import read_run

pytestmark = pytest.mark.services

DETAILS = ("attempts", "steps", "gates", "outbox", "artifacts", "run_findings")
TWO = in_turn(side_by_side(act("a"), act("b")), join("end"))


def sql(stage: Stage, statement: str, **values: object) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text(statement), values)


def count(stage: Stage, table: str, **where: object) -> int:
    wanted = " AND ".join(f"{name} = :{name}" for name in where) or "true"
    return int(str(stage.one(f"SELECT count(*) FROM {table} WHERE {wanted}", **where)))  # noqa: S608  our own names


def done(stage: Stage, play: Play, *, days: int) -> UUID:
    """Return a run that ended some days ago."""
    run = play.run(TWO)
    Crew(stage.engine).play(run, "a", "b", "end")
    sql(stage, "UPDATE runs SET finished_at = now() - make_interval(days => :days) WHERE id = :run", run=run, days=days)
    return run


def rule(name: str, **changed: int) -> Rule:
    found = next(each for each in rules(Keeping()) if each.name == name)
    return replace(found, **changed)  # type: ignore[arg-type]


def prune(stage: Stage, *names: str, **changed: int) -> int:
    """Remove what is due, of some kinds or of all, without asking when that was done last."""
    wanted = tuple(rule(name, **changed) for name in names) or rules(Keeping())
    sql(stage, "DELETE FROM prunings")
    return Pruner(wanted, slice_seconds=60).sweep(stage.engine)


def test_of_an_old_run_only_its_row_and_key_are_left(stage: Stage, play: Play) -> None:
    # Given a run that ended long ago, one that ended not so long ago, and one that has run since long ago
    old, young, live = done(stage, play, days=91), done(stage, play, days=89), play.run(TWO)
    sql(stage, "UPDATE runs SET created_at = now() - interval '500 days' WHERE id = :run", run=live)
    before = {table: count(stage, table, run_id=young) for table in DETAILS}
    # When what is old is removed
    prune(stage)
    # Then of the old run nothing is left but its row, which says so
    assert {table: count(stage, table, run_id=old) for table in DETAILS} == dict.fromkeys(DETAILS, 0)
    with stage.engine.connect() as conn:
        view = read_run(conn, old, tenant="default")
    assert (view.pruned_at is not None, view.steps, view.state) == (True, (), "succeeded")
    assert play.accept(view.plan, key=view.key).run_id == old
    # And the others are as they were
    assert {table: count(stage, table, run_id=young) for table in DETAILS} == before
    assert count(stage, "steps", run_id=live) == 3
    assert stage.one("SELECT count(*) FROM runs WHERE pruned_at IS NOT NULL") == 1


def test_a_run_is_forgotten_when_its_key_is(stage: Stage, play: Play) -> None:
    # Given a run that ended longer ago than keys are kept, and one that did not
    old, young = done(stage, play, days=401), done(stage, play, days=399)
    # When what is old is removed
    prune(stage)
    # Then the first is gone, and the second's row is there
    assert stage.one("SELECT id FROM runs") == young
    assert count(stage, "steps", run_id=old) == 0


def test_keys_that_go_earlier_take_the_details_with_them(stage: Stage, play: Play) -> None:
    # Given keys that are kept for less time than details, and a run between the two
    keeping = Keeping(details=90, keys=30)
    done(stage, play, days=31)
    # When what is old is removed, then the run is gone, details and all
    Pruner(rules(keeping), slice_seconds=60).sweep(stage.engine)
    assert (count(stage, "runs"), count(stage, "steps"), keeping.details_at_most) == (0, 0, 30)


def test_details_go_in_lots_of_whole_runs(stage: Stage, play: Play) -> None:
    # Given three old runs, of six steps and attempts each
    runs = [done(stage, play, days=100 + day) for day in range(3)]
    lot = rule("run_details", lot=7)
    # When one lot is removed after the other, then each takes whole runs until it is full, the oldest first
    left = []
    for size in (12, 6, 0):
        with stage.engine.begin() as conn:
            assert lot.once(conn) == size
        left.append([run for run in runs if count(stage, "steps", run_id=run)])
    assert left == [runs[:1], [], []]


def test_a_run_that_is_being_done_again_keeps_its_details_until_then(stage: Stage, play: Play) -> None:
    # Given an old run that somebody does again at this moment
    old = done(stage, play, days=100)
    with holding(stage.engine, "SELECT FROM runs WHERE id = %(run)s FOR SHARE", run=old):
        # When what is old is removed, then it is passed over
        prune(stage)
        assert count(stage, "steps", run_id=old) == 3
    # And goes the next time
    prune(stage)
    assert count(stage, "steps", run_id=old) == 0


def test_a_run_without_steps_is_pruned_too(stage: Stage, play: Play) -> None:
    # Given an old run of which a part was lost
    old = done(stage, play, days=100)
    sql(stage, "DELETE FROM steps")
    # When what is old is removed, then it is marked, and not looked at for ever
    prune(stage)
    with stage.engine.connect() as conn:
        assert read_run(conn, old, tenant="default").pruned_at is not None


def test_small_records_go_by_their_age(stage: Stage, play: Play) -> None:
    # Given calls, quarantined items and messages, some old and some young
    run = play.run(TWO)
    sql(stage, "INSERT INTO calls (task_id, run_id, at) VALUES ('old', :run, now() - interval '91 days')", run=run)
    sql(stage, "INSERT INTO calls (task_id, refusal, at) VALUES ('young', 'no', now() - interval '89 days')")
    aside = [Quarantined(target="t", source="s", key=key, reason="dirt") for key in ("old", "young")]
    with stage.engine.begin() as conn:
        save_evidence(conn, AgentReport(agent="a", target="t", quarantined=tuple(aside)), tenant="default", run_id=run)
    sql(stage, "UPDATE quarantine SET at = now() - interval '91 days' WHERE key = 'old'")
    sql(
        stage, "INSERT INTO outbox (run_id, why, published_at) VALUES (:run, 'x', now() - interval '25 hours')", run=run
    )
    sql(stage, "INSERT INTO outbox (run_id, why, due_at) VALUES (:run, 'y', now() + interval '1 day')", run=run)
    # When what is old is removed
    assert prune(stage) == 3
    # Then what is young, and what was never sent, is there
    assert stage.one("SELECT string_agg(task_id, ' ') FROM calls") == "young"
    assert stage.one("SELECT string_agg(key, ' ') FROM quarantine") == "young"
    assert stage.one("SELECT string_agg(why, ' ' ORDER BY id) FROM outbox") == "submitted y"


def test_dead_letters_go_by_their_age_and_not_before(stage: Stage, play: Play) -> None:
    # Given two dead letters, one of them old
    def bad(work: Work) -> AgentReport:
        if work.target is None:
            return report_of(work)
        raise BadEvidenceError("x: 1: mend it")

    run = play.run(TWO)
    Crew(stage.engine, bad).play(run, "a", "b", "end")
    sql(stage, "UPDATE dead_letters SET at = now() - interval '181 days' WHERE step = 'a'")
    # When what is old is removed
    prune(stage)
    # Then the young one is there and can still be requeued
    with stage.engine.connect() as conn:
        (letter,) = list_dead(conn)
    assert letter.step == "b"
    replays = Replays(engine=stage.engine, relay=play.relay, specs=SPECS, limits=Limits())
    assert requeue(replays, letter.id, who="ann").fresh


def test_a_schedules_last_occurrence_stays_however_old(stage: Stage) -> None:
    # Given a schedule with three old occurrences, and one with a young one
    for name in ("old", "young"):
        columns, values = "name, watchlist, trigger, every_seconds, next_due", ":name, 'w', '{}', 1, now()"
        sql(stage, f"INSERT INTO schedules ({columns}) VALUES ({values})", name=name)  # noqa: S608  as above
    due = "INSERT INTO occurrences (schedule, due) VALUES (:name, now() - make_interval(days => :days))"
    for name, days in (("old", 300), ("old", 200), ("old", 100), ("young", 95), ("young", 1)):
        sql(stage, due, name=name, days=days)
    # When what is old is removed, in lots of one
    assert prune(stage, "occurrences", lot=1) == 3
    # Then each schedule still knows its last one
    kept = "SELECT string_agg(schedule || extract(day FROM now() - due), ' ' ORDER BY schedule) FROM occurrences"
    assert stage.one(kept) == "old100 young1"


def collected(stage: Stage, target: str, *, days: int, items: int = 3) -> None:
    """Let a target have been looked at some days ago."""
    rows = tuple(Evidence(target=target, source="git", kind="commit", key=str(key)) for key in range(items))
    report = AgentReport(agent="a", target=target, evidence=rows, cursors={"git": "abc"})
    with stage.engine.begin() as conn:
        save_evidence(conn, report, tenant="default", run_id=UUID(int=1))
    back = "UPDATE looks SET at = now() - make_interval(days => :days) WHERE target = :target"
    sql(stage, back, target=target, days=days)


def test_evidence_goes_by_target_with_how_far_it_was_read(stage: Stage) -> None:
    # Given a target that nobody looked at for long, and one that somebody did
    collected(stage, "git:/old", days=181, items=5)
    collected(stage, "git:/young", days=179)
    # When what is old is removed, in lots of two
    prune(stage, "evidence", lot=2)
    # Then nothing of the first is left, so that whoever looks again reads it from the beginning
    assert stage.one("SELECT string_agg(DISTINCT target, ' ') FROM evidence") == "git:/young"
    assert stage.one("SELECT string_agg(target, ' ') FROM looks") == "git:/young"
    with stage.engine.connect() as conn:
        assert read_cursors(conn, tenant="default", target="git:/old") == {}
        assert read_cursors(conn, tenant="default", target="git:/young") == {"git": "abc"}


def test_a_look_that_finds_nothing_new_keeps_what_is_there(stage: Stage) -> None:
    # Given a target that was collected long ago
    collected(stage, "git:/quiet", days=400)
    # When a look at it finds nothing new
    with stage.engine.begin() as conn:
        report = AgentReport(agent="a", target="git:/quiet", cursors={"git": "abc"})
        save_evidence(conn, report, tenant="default", run_id=UUID(int=2))
    # Then none of it is old
    assert prune(stage, "evidence") == 0
    assert count(stage, "evidence") == 3


def test_pages_of_services_go_once_nobody_has_asked_for_them_for_long(stage: Stage) -> None:
    # Given three pages of different ages
    page = "INSERT INTO pages (key, etag, last_modified, headers, body, used_at) VALUES (:key, '', '', '{}', '', "
    for days in (179, 181, 200):
        sql(stage, page + f"now() - interval '{days} days')", key=str(days))
    # When what is old is removed, then what was asked for in time stays
    assert prune(stage, "pages") == 2
    assert stage.one("SELECT string_agg(key, ' ') FROM pages") == "179"


def test_names_of_what_was_followed_go_with_the_keys_of_runs(stage: Stage) -> None:
    # Given two names of different ages
    name = "INSERT INTO sighted (name, at) VALUES (:name, now() - interval '"
    for days in (399, 401):
        sql(stage, name + f"{days} days')", name=str(days))
    # When what is old is removed, then the younger one is still known
    assert prune(stage, "sighted") == 1
    assert stage.one("SELECT name FROM sighted") == "399"


def test_a_target_that_a_live_run_looks_at_is_let_be(stage: Stage, play: Play) -> None:
    # Given a target that nobody looked at for long, until a run that has begun
    run = play.run(TWO)
    collected(stage, "git:succeed/a", days=400)
    # When what is old is removed while it runs, and after that
    assert prune(stage, "evidence") == 0
    Crew(stage.engine).play(run, "a", "b", "end")
    # Then only the latter touches it
    assert prune(stage, "evidence") > 0
    assert count(stage, "evidence") == 0


def test_each_kind_is_looked_for_in_its_own_time(stage: Stage, play: Play) -> None:
    # Given somebody who looks every hour, and has just looked
    pruner = Pruner((rule("run_details"),), every_seconds=3_600)
    assert pruner.sweep(stage.engine) == 0
    done(stage, play, days=100)
    # When sweeps come by before and after the hour, then only the latter removes anything
    assert pruner.sweep(stage.engine) == 0
    sql(stage, "UPDATE prunings SET looked_at = now() - interval '61 minutes'")
    assert pruner.sweep(stage.engine) == 6
    assert stage.one("SELECT removed FROM prunings WHERE name = 'run_details'") == 6


def test_what_is_left_over_is_gone_on_with_at_the_next_sweep(stage: Stage, play: Play) -> None:
    # Given more than a sweep's time lets it remove
    for day in range(3):
        done(stage, play, days=100 + day)
    pruner = Pruner((rule("run_details", lot=1),), every_seconds=3_600, slice_seconds=0, clock=lambda: 0.0)
    # When sweeps come by, then each removes one lot, without waiting for the hour
    assert [pruner.sweep(stage.engine) for _ in range(5)] == [6, 6, 6, 0, 0]
    assert stage.one("SELECT removed FROM prunings") == 18


def test_rows_that_others_hold_for_long_do_not_end_the_sweep(stage: Stage, play: Play) -> None:
    # Given an old run, one of whose steps somebody else holds, and a call that is old
    old = done(stage, play, days=100)
    sql(stage, "INSERT INTO calls (task_id, refusal, at) VALUES ('old', 'no', now() - interval '91 days')")
    both = (rule("run_details"), rule("calls"))
    with holding(stage.engine, "SELECT FROM steps WHERE run_id = %(run)s FOR UPDATE", run=old), capture_logs() as logs:
        # When what is old is removed, then the other kind goes all the same
        assert Pruner(both).sweep(stage.engine) == 1
    assert [row["kind"] for row in logs] == ["run_details"]
    assert (count(stage, "calls"), count(stage, "steps", run_id=old)) == (0, 3)


@pytest.mark.parametrize(
    "name", ["run_details", "runs", "sent_messages", "dead_letters", "calls", "quarantine", "pages", "sighted"]
)
def test_what_is_old_is_found_by_an_index(stage: Stage, name: str) -> None:
    # Given the statement that finds one kind of old rows
    found = {
        "run_details": statements.OLD_RUNS,
        "runs": statements.FORGET_RUNS,
        "sent_messages": statements.FORGET_SENT,
        "dead_letters": statements.FORGET_DEAD,
        "calls": statements.FORGET_CALLS,
        "quarantine": statements.FORGET_QUARANTINE,
        "pages": statements.FORGET_PAGES,
        "sighted": statements.FORGET_SIGHTED,
    }[name]
    # When the planner may not walk through a table, then it needs not
    with stage.engine.begin() as conn:
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        conn.execute(text("SET LOCAL enable_sort = off"))
        plan = "\n".join(conn.execute(text(f"EXPLAIN {found.text}"), {"days": 1, "lot": 10}).scalars())
    assert "Index" in plan
    assert "Seq Scan" not in plan


def test_what_goes_wrong_for_other_reasons_is_not_hidden(stage: Stage) -> None:
    # Given a connection that is lost in the middle of it, when old rows are removed, then that comes through
    def lost(conn: Connection, _days: int, _lot: int) -> int:
        return conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")).rowcount

    with pytest.raises(OperationalError, match="terminating connection"):
        Pruner((Rule("lost", 1, lost),)).sweep(stage.engine)


def test_what_is_old_goes_without_anything_being_switched_on(stage: Stage, play: Play) -> None:
    # Given a run that ended long ago, and the settings' defaults
    old = done(stage, play, days=91)
    # When what the sweep has done by the other areas is done
    chore = next(each for each in wiring.chores() if each.name == "old_rows")
    # Then its details go, and it is asked for as often and as long as the settings say
    assert chore.do(stage.engine) > 0
    assert count(stage, "steps", run_id=old) == 0
    assert wiring.keeping() == Keeping()
    assert {each.name for each in rules(wiring.keeping())} == {str(name) for name in looked_for(stage)}


def looked_for(stage: Stage) -> list[object]:
    with stage.engine.connect() as conn:
        return list(conn.execute(text("SELECT name FROM prunings")).scalars())


def test_an_action_outlives_its_run_so_that_its_finding_sets_it_off_no_second_time(stage: Stage) -> None:
    # Given an action whose run is older than anything that goes
    again, ended = responses.Rule(name="again", then=responses.FollowUp(), dry_run=False), Ended(stage)
    ended.run(again, found=(finding(),))
    assert consider_ended(stage.engine, terms=Terms()) == 1
    sql(stage, "UPDATE runs SET finished_at = now() - interval '500 days'")
    # When what is old is removed
    prune(stage, "run_details", "runs")
    assert (count(stage, "runs"), count(stage, "actions")) == (0, 1)
    # Then the same finding, found again, sets nothing off
    ended.run(again, found=(finding(),))
    assert consider_ended(stage.engine, terms=Terms()) == 0
    assert (count(stage, "actions"), count(stage, "responses")) == (1, 1)


def test_the_audit_of_actions_goes_when_it_is_old_and_never_before(stage: Stage) -> None:
    # Given lines of the audit, and answers about no run, of different ages
    for days in (401, 399, 10):
        sql(
            stage,
            """INSERT INTO action_audit (action_id, who, state, why, at)
               VALUES (:id, 'w', 'done', '', now() - make_interval(days => :days))""",
            id=f"act-{days}",
            days=days,
        )
        sql(
            stage,
            """INSERT INTO approvals (id, key, kind, question, answered_at)
               VALUES (:id, :id, 'question', 'q', now() - make_interval(days => :days))""",
            id=f"ask-{days}",
            days=days,
        )
    sql(stage, "INSERT INTO approvals (id, key, kind, question) VALUES ('open', 'open', 'question', 'q')")
    # When what is old is removed, then that alone goes
    assert prune(stage, "action_audit", "answers") == 2
    assert (count(stage, "action_audit"), count(stage, "approvals")) == (2, 3)
    # And nobody can make what is young go, nor change what is old
    for statement in (
        "DELETE FROM action_audit WHERE action_id = 'act-10'",
        "UPDATE action_audit SET who = 'eve' WHERE action_id = 'act-399'",
    ):
        with pytest.raises(DBAPIError, match="only grows"):
            sql(stage, statement)
    assert prune(stage, "action_audit", days=90) == 1
