"""Dead letters on the real ledger: listed, done again in a new run, dropped, each once and on record."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from support.ledgers import check_gates, check_runs, check_steps, picture
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.runners import Crew, Line, report_of
from support.stages import Stage

from agents.contract import AgentReport, Work
from agents.errors import BadEvidenceError
from orchestrator.admission.bounds import Bounds
from orchestrator.admission.gate import Gate
from orchestrator.domain.runs import RunState
from orchestrator.errors import AdmissionError, DeadLetterError, ReplayError
from orchestrator.ledger.dead import DeadLetter, drop, list_dead, read_dead, requeue
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.replay import Replays

pytestmark = pytest.mark.services

STANDARD = in_turn(side_by_side(act("a"), act("b"), act("c", agent="chorus")), join("report"))


@pytest.fixture
def replays(stage: Stage, play: Play) -> Replays:
    return Replays(engine=stage.engine, relay=play.relay, specs=SPECS, limits=Limits())


def failing_at(*bad: str) -> object:
    def do(work: Work) -> AgentReport:
        if work.step in bad:
            raise BadEvidenceError(f"{work.step}: wrong: mend it")
        return report_of(work)

    return do


def lost(stage: Stage, play: Play, *bad: str) -> UUID:
    """Return a run that ended without some of its steps."""
    run = play.run(STANDARD)
    Crew(stage.engine, failing_at(*bad)).play(run, "a", "b", "c", "report")  # type: ignore[arg-type]
    assert stage.state(run) == "partial"
    return run


def letters(stage: Stage, **wanted: object) -> list[DeadLetter]:
    """Return the open dead letters, the oldest first."""
    with stage.engine.connect() as conn:
        return list(list_dead(conn, **wanted))[::-1]  # type: ignore[arg-type]


def one(stage: Stage, letter: int) -> DeadLetter:
    with stage.engine.connect() as conn:
        return read_dead(conn, letter)


def test_dead_letters_are_listed_with_what_is_known_of_them(stage: Stage, play: Play) -> None:
    # Given a run that lost two steps
    run = lost(stage, play, "a", "c")
    # When they are listed
    first, second = letters(stage)
    # Then each says what failed, whose it was and how
    assert (first.step, first.agent, first.reason, first.attempt) == ("a", "actor", "bad_evidence", 1)
    assert (first.run_id, first.run_state, first.error) == (
        run,
        RunState.PARTIAL,
        "BadEvidenceError: a: wrong: mend it",
    )
    assert (first.standing, second.step) == ("open", "c")
    # And they are found by agent and by reason
    assert [letter.step for letter in letters(stage, agent="chorus")] == ["c"]
    assert len(letters(stage, reason="bad_evidence")) == 2
    assert letters(stage, reason="losses") == letters(stage, tenant="other") == []
    with pytest.raises(DeadLetterError, match="dead letter 999999 is not known"):
        one(stage, 999_999)


def test_a_requeue_is_a_new_run_that_does_the_step_again(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that lost a step
    old = lost(stage, play, "a")
    (letter,) = letters(stage)
    # When it is requeued
    done = requeue(replays, letter.id, who="ann")
    # Then the new run has that step and the report before it, and all else from the old one
    assert stage.step_states(done.run_id) == {"a": "pending", "b": "succeeded", "c": "succeeded", "report": "pending"}
    # And the dead letter says who had it done again, when, and where
    settled = one(stage, letter.id)
    assert (settled.settled_as, settled.settled_by, settled.settled_run) == ("requeued", "ann", done.run_id)
    assert settled.settled_at is not None
    assert letters(stage) == []
    assert settled.way_on == f"`lookout runs show {done.run_id}` says how it goes there"
    # And the run goes well this time
    Crew(stage.engine).play(done.run_id, "a", "report")
    state = picture(stage.engine, [old, done.run_id])
    check_gates(state)
    check_steps(state)
    check_runs(state)
    assert stage.state(done.run_id) == "succeeded"


def test_the_same_dead_letter_requeued_twice_is_one_run(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a dead letter
    lost(stage, play, "a")
    (letter,) = letters(stage)
    # When it is requeued twice
    first, second = (requeue(replays, letter.id, who=who) for who in ("ann", "bob"))
    # Then there is one new run, which the first asked for
    assert (first.fresh, second.fresh, second.run_id) == (True, False, first.run_id)
    assert one(stage, letter.id).settled_by == "ann"
    assert stage.one("SELECT count(*) FROM runs") == 2
    assert stage.one("SELECT trigger_key FROM runs WHERE id = :run", run=first.run_id) == f"requeue:{letter.id}"


def test_where_there_is_no_room_nothing_is_done_again_and_what_is_there_already_needs_none(
    stage: Stage, play: Play, replays: Replays
) -> None:
    # Given two runs that lost a step, and a gate that lets one run in
    runs = [lost(stage, play, "a") for _ in range(2)]
    first, second = letters(stage)
    narrow = replace(replays, gate=Gate(stage.engine, Bounds(1, 1_000, reserve=0)))
    # When both are requeued, then the second is turned away, and nothing of it is written
    done = requeue(narrow, first.id, who="ann")
    with pytest.raises(AdmissionError, match="come back"):
        requeue(narrow, second.id, who="ann")
    assert one(stage, second.id).standing == "open"
    assert stage.one("SELECT count(*) FROM runs") == 3
    # And so is a rerun, but the run that is there already is found
    with pytest.raises(AdmissionError, match="come back"):
        narrow.again(runs[1], step="a")
    assert requeue(narrow, first.id, who="bob").run_id == done.run_id


def test_dead_letters_of_one_run_share_the_run_that_does_them_again(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that lost two steps
    lost(stage, play, "a", "b")
    # When both are requeued
    first, second = (requeue(replays, letter.id, who="ann") for letter in letters(stage))
    # Then the run that the first led to does both
    assert (second.run_id, second.fresh) == (first.run_id, False)
    assert stage.step_states(first.run_id)["b"] == "pending"
    assert letters(stage) == []


def test_many_who_requeue_at_once_make_one_run_and_no_deadlock(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that lost three steps
    lost(stage, play, "a", "b")
    numbers = [letter.id for letter in letters(stage)]
    # When several people requeue them at the same time, in different orders
    with ThreadPoolExecutor(6) as pool:
        asked = [*numbers, *numbers[::-1], *numbers]
        done = list(pool.map(lambda number: requeue(replays, number, who="ann"), asked))
    # Then all of them found the same run
    assert len({one.run_id for one in done}) == 1
    assert [one.fresh for one in done].count(True) == 1
    assert stage.one("SELECT count(*) FROM runs") == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_is_cut_around_the_commit_requeues_once(
    when: str, stage: Stage, play: Play, replays: Replays, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a dead letter, and a line to the database that is cut at the next commit
    lost(stage, play, "a")
    (letter,) = letters(stage)
    line = Line(stage.engine, monkeypatch)
    line.cut(when)
    # When it is requeued
    done = requeue(replays, letter.id, who="ann")
    # Then it was done once, and said to be new
    assert line.was_cut
    assert (done.fresh, one(stage, letter.id).settled_run) == (True, done.run_id)
    assert stage.one("SELECT count(*) FROM runs") == 2


def test_a_step_that_dies_again_is_a_new_dead_letter(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a dead letter that was requeued
    lost(stage, play, "a")
    (letter,) = letters(stage)
    again = requeue(replays, letter.id, who="ann").run_id
    # When its step fails for good once more
    Crew(stage.engine, failing_at("a")).play(again, "a", "report")  # type: ignore[arg-type]
    # Then that is a dead letter of the new run, and may be requeued as any other
    (newer,) = letters(stage)
    assert (newer.run_id, newer.step) == (again, "a")
    assert requeue(replays, newer.id, who="ann").run_id not in {again, letter.run_id}


def test_a_dead_letter_whose_run_still_runs_has_to_wait(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that lost a step and goes on
    run = play.run(STANDARD)
    Crew(stage.engine, failing_at("a")).run(run, "a")  # type: ignore[arg-type]
    (letter,) = letters(stage)
    assert letter.way_on.startswith(
        "mend what the error names: the same input fails again; then once its run has ended, "
    )
    # When it is requeued, then it is told why not, and nothing is done
    with pytest.raises(ReplayError, match="still runs"):
        requeue(replays, letter.id, who="ann")
    assert one(stage, letter.id).settled_as is None
    assert stage.one("SELECT count(*) FROM runs") == 1


def test_a_dropped_dead_letter_stays_on_record_and_is_done_with(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a dead letter
    run = lost(stage, play, "a")
    (letter,) = letters(stage)
    # When it is dropped
    with stage.engine.begin() as conn:
        with pytest.raises(DeadLetterError, match="--why is empty"):
            drop(conn, letter.id, who="ann", why="  ")
        drop(conn, letter.id, who="ann", why=" the repository is gone ")
    # Then it is no longer open, and says who dropped it and why
    assert letters(stage) == []
    (kept,) = letters(stage, settled=True)
    assert (kept.settled_as, kept.settled_by, kept.settled_why) == ("dropped", "ann", "the repository is gone")
    assert kept.standing.endswith("UTC: the repository is gone")
    assert f"`lookout runs rerun {run} --from a` does" in kept.way_on
    # And it is neither requeued nor dropped again
    with pytest.raises(DeadLetterError, match="was dropped by ann: the repository is gone"):
        requeue(replays, letter.id, who="bob")
    with stage.engine.begin() as conn, pytest.raises(DeadLetterError, match="was dropped by ann already"):
        drop(conn, letter.id, who="bob", why="me too")
    with pytest.raises(DeadLetterError, match="is not known"):
        requeue(replays, 999_999, who="bob")


def test_how_to_go_on_follows_from_what_happened(stage: Stage, play: Play) -> None:
    # Given a dead letter
    lost(stage, play, "a")
    (letter,) = letters(stage)
    on = f"`lookout dead requeue {letter.id}`, or `lookout dead drop {letter.id} --why REASON`"
    # When it is asked how to go on, then the reason decides what comes first
    assert replace(letter, reason="losses").way_on.startswith("find out what ends its workers")
    assert replace(letter, reason="of another version").way_on == on
    # And one whose results are gone can only be done as a whole
    gone = replace(letter, pruned_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert gone.way_on == f"its run's results were removed: `lookout runs rerun {letter.run_id}` does all of it anew"


def test_a_dead_letter_goes_with_its_run(stage: Stage, play: Play) -> None:
    # Given a dead letter, when its run's key is forgotten, then it is forgotten too
    lost(stage, play, "a")
    with stage.engine.begin() as conn:
        conn.execute(text("DELETE FROM runs"))
    assert letters(stage, settled=True) == []
