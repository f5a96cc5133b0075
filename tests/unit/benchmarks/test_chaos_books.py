"""The ledger held against journals and the log of effects, and what the figures say about it."""

import signal
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chaos.deeds import Cut, Deed, Role
from benchmarks.chaos.disturbing import Hit
from benchmarks.chaos.journal import ACCEPTED, ASKED, LEFT, REFUSED, SENT, Journal
from benchmarks.chaos.meddling import Meddled, PushCounter
from benchmarks.chaos.promptness import accepting, quantile, recoveries
from benchmarks.chaos.reconciling import accepted_by, reconcile
from benchmarks.chaos.report import compared
from benchmarks.chaos.rolling import Restart, Rolled, figures
from benchmarks.chaos.schedule import amounts
from benchmarks.chaos.servers import Outage
from benchmarks.chaos.shears import Side
from benchmarks.chaos.tally import Tally
from benchmarks.chaos.watch import Books, Held, pid_of

KEYS = ["k0", "k1"]
TOLD = {"k0": "r0", "k1": "r1"}
DONE_AT = datetime.fromtimestamp(100, UTC)


@dataclass(frozen=True)
class Run:
    run: str
    key: str
    state: str = "succeeded"
    overdue: bool = False


@dataclass(frozen=True)
class Row:
    run: str
    step: str
    state: str = "succeeded"
    attempt: int = 1
    finished_at: datetime | None = DONE_AT


def books(**changed: Any) -> Books:  # noqa: ANN401  whatever a test changes
    """Return the books of two whole runs of two steps."""
    steps = [Row(run, step) for run in ("r0", "r1") for step in ("a", "b")]
    whole = Books(
        runs=[Run("r0", "k0"), Run("r1", "k1")],
        steps=steps,
        effects={(row.run, row.step): 1 for row in steps},
        attempts={"succeeded": 4},
        dead={},
    )
    return replace(whole, **changed)


def test_whole_books_are_whole() -> None:
    # When
    verdict = reconcile(books(), keys=KEYS, accepted=TOLD, steps=2)

    # Then
    assert verdict.whole
    assert (verdict.runs, verdict.steps, verdict.states) == (2, 4, {"succeeded": 2})


@pytest.mark.parametrize(
    ("runs", "accepted", "words"),
    [
        ([Run("r0", "k0")], TOLD, "k1: accepted as r1, which is not in the ledger"),
        ([Run("r0", "k0")], {"k0": "r0"}, "k1: the ledger does not know it"),
        ([Run("r0", "k0"), Run("r1", "k1")], {"k0": "r0"}, "k1: never accepted as far as its submitter knows"),
        ([Run("r0", "k0"), Run("r2", "k1")], TOLD, "k1: accepted as r1, is r2"),
        ([Run("r0", "k0"), Run("r1", "k1", "failed")], TOLD, "k1: r1 is failed"),
        ([Run("r0", "k0"), Run("r1", "k1", "running")], TOLD, "k1: r1 is running"),
        ([Run("r0", "k0"), Run("r1", "k1"), Run("r2", "k2")], TOLD, "k2: nobody submitted it"),
    ],
)
def test_a_run_that_did_not_succeed_under_its_own_name_is_lost(
    runs: list[Run], accepted: dict[str, str], words: str
) -> None:
    # When
    verdict = reconcile(books(runs=runs), keys=KEYS, accepted=accepted, steps=2)

    # Then
    assert verdict.lost == (words,)
    assert verdict.as_json()["lost_runs"] == 1


def test_a_succeeded_run_with_a_step_that_is_not_done_is_lost_and_its_effect_unfounded() -> None:
    # Given
    steps = [replace(row, state="pending") if (row.run, row.step) == ("r1", "b") else row for row in books().steps]

    # When
    verdict = reconcile(books(steps=steps), keys=KEYS, accepted=TOLD, steps=2)

    # Then
    assert verdict.lost == ("k1: r1 has 1 of 2 steps done",)
    assert verdict.unfounded == 1
    assert not verdict.whole


def test_effects_are_counted_against_the_steps_that_are_done() -> None:
    # Given
    effects = {("r0", "a"): 3, ("r0", "b"): 1, ("r1", "a"): 2}

    # When
    verdict = reconcile(books(effects=effects), keys=KEYS, accepted=TOLD, steps=2)

    # Then
    assert (verdict.doubled, verdict.missing, verdict.unfounded) == (3, 1, 0)
    assert not verdict.whole


def test_a_run_past_its_deadline_without_an_end_counts_even_if_it_ended_later() -> None:
    # Given
    late = [Run("r0", "k0"), Run("r1", "k1", "running", overdue=True)]

    # When
    counts = [
        reconcile(books(runs=late), keys=KEYS, accepted=TOLD, steps=2).past_deadline,
        reconcile(books(), keys=KEYS, accepted=TOLD, steps=2, most_overdue=4).past_deadline,
    ]

    # Then
    assert counts == [1, 4]


def test_the_first_answer_is_the_one_that_a_submitter_was_told() -> None:
    # When
    told = accepted_by([{"number": 1, "run": "r1"}, {"number": 1, "run": "other"}], keys=KEYS)

    # Then
    assert told == {"k1": "r1"}


def line(what: str, *, began: float, seconds: float, pid: int = 1, way: str = SENT) -> dict[str, Any]:
    return {"what": what, "number": 0, "began": began, "seconds": seconds, "pid": pid, "way": way, "error": "no"}


def asked(*, began: float, pid: int = 1, number: int = 0) -> dict[str, Any]:
    return {"what": ASKED, "number": number, "began": began, "pid": pid, "way": SENT}


def test_submissions_count_where_postgres_was_up_and_their_process_was_not_stopped() -> None:
    # Given
    lines = [
        line(ACCEPTED, began=0, seconds=0.1),
        line(ACCEPTED, began=1, seconds=1.5),
        line(REFUSED, began=5, seconds=0.1),
        line(REFUSED, began=9.95, seconds=0.1),
        line(ACCEPTED, began=20, seconds=5, pid=7),
    ]
    outages = [Outage(Side.POSTGRES, since=10, until=12), Outage(Side.BROKER, since=0, until=100)]
    hits = [Hit(21, Deed.FREEZE, whom=Role.ORCHESTRATOR, pid=7, until=24)]

    # When
    found = accepting(lines, outages=outages, hits=hits)

    # Then
    assert (found.counted, found.within, found.not_counted) == (3, 1, 2)
    assert found.share == pytest.approx(1 / 3)
    assert found.slowest == 1.5
    assert found.refusals == ("no",)


def test_a_call_is_counted_once_by_its_answer() -> None:
    # Given
    lines = [asked(began=0), line(ACCEPTED, began=0, seconds=0.1), asked(began=3), line(REFUSED, began=3, seconds=0.1)]

    # When
    found = accepting(lines, outages=[], hits=[])

    # Then
    assert (found.counted, found.within, found.unanswered) == (2, 1, 0)


@pytest.mark.parametrize(
    ("hits", "outages", "counted"),
    [
        ([], [], 1),
        ([Hit(10.5, Deed.KILL, pid=7, until=10.6)], [], 0),
        ([Hit(9.99, Deed.KILL, pid=7, until=10.1)], [], 0),
        ([Hit(10.5, Deed.FREEZE, pid=7, until=14)], [], 0),
        ([Hit(11.5, Deed.KILL, pid=7, until=11.6)], [], 1),
        ([Hit(10.5, Deed.KILL, pid=8, until=10.6)], [], 1),
        ([], [Outage(Side.POSTGRES, since=10.5, until=11)], 0),
        ([], [Outage(Side.POSTGRES, since=12, until=13)], 1),
        ([], [Outage(Side.BROKER, since=10, until=13)], 1),
    ],
)
def test_a_call_that_never_came_back_is_late_unless_its_submitter_was_struck_at_once(
    hits: list[Hit], outages: list[Outage], counted: int
) -> None:
    # When
    found = accepting([asked(began=10, pid=7)], outages=outages, hits=hits)

    # Then
    assert (found.counted, found.within, found.not_counted, found.unanswered) == (counted, 0, 1 - counted, counted)


def test_an_answer_that_came_late_is_not_excused_by_a_kill_afterwards() -> None:
    # Given
    hits = [Hit(11.55, Deed.KILL, pid=1, until=11.7)]

    # When
    found = accepting([line(ACCEPTED, began=10, seconds=1.6)], outages=[], hits=hits)

    # Then
    assert (found.counted, found.within) == (1, 0)


def test_nothing_submitted_is_nothing_late() -> None:
    # When
    found = accepting([], outages=[], hits=[])

    # Then
    assert (found.share, found.slowest) == (1.0, 0.0)


def test_a_step_was_lost_where_a_later_attempt_ended_it_after_the_hit() -> None:
    # Given
    held = tuple(Held("r0", step, 1, 9) for step in ("own", "later", "before", "open", "unknown"))
    rows = [
        Row("r0", "own", attempt=1),
        Row("r0", "later", attempt=2),
        Row("r0", "before", attempt=2, finished_at=datetime.fromtimestamp(50, UTC)),
        Row("r0", "open", attempt=2, finished_at=None),
    ]

    # When
    found = recoveries([Hit(95, Deed.KILL, whom=Role.WORKER, pid=9, held=held)], steps=rows)

    # Then
    assert found == [5.0]


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 3), (0.99, 4), (1.0, 4)])
def test_a_quantile_is_one_of_the_values(share: float, value: float) -> None:
    # When
    found = quantile([1, 2, 3, 4], share)

    # Then
    assert found == value
    assert quantile([], share) == 0


def tally(**changed: Any) -> Tally:  # noqa: ANN401  whatever a test changes
    """Return the tally of the smallest load, disturbed as it should be."""
    wanted = amounts(20)
    roles = list(Role) * wanted.kills
    kills = [Hit(1, Deed.KILL, whom=role, pid=3) for role in roles[: wanted.kills]]
    outages = [Hit(1, deed) for deed in (Deed.FLUSH, Deed.BROKER_KILL, Deed.POSTGRES_STOP)]
    numbers = range(2)
    steps = [Row(f"r{n}", str(step)) for n in numbers for step in range(8)]
    whole = Tally(
        books=books(steps=steps, effects={(row.run, row.step): 1 for row in steps}),
        keys=KEYS,
        journal=[{**line(ACCEPTED, began=1, seconds=0.1), "number": n, "run": f"r{n}"} for n in numbers],
        hits=[*kills, *outages],
        outages=[Outage(Side.POSTGRES, since=2, until=3.5)],
        cuts=Counter({Cut.COMMIT: 6, Cut.PUBLISH: 5, Cut.DELIVERY: 1}),
        meddled=Meddled(sent=100, doubled=10, reordered=5),
        missed=(),
        wanted=wanted,
        unexpected={},
        most_overdue=0,
        seconds=10,
        seed=1,
    )
    return replace(whole, **changed)


def test_a_whole_load_that_was_disturbed_enough_passes() -> None:
    # When
    told = tally().as_json()

    # Then
    assert told["passed"], told["goals"]
    assert told["kills"]["total"] == sum(told["kills"][role] for role in Role)
    assert told["cut_connections"] == {"postgres": 6, "broker": 6}
    assert told["seconds_away"] == {"postgres": 1.5, "broker": 0}
    assert told["doubled_messages"] == {"count": 10, "of": 100, "share": 0.1}


@pytest.mark.parametrize(
    ("changed", "goal"),
    [
        ({"books": books(runs=[])}, "no run lost"),
        ({"books": books(effects={("r0", "a"): 2})}, "no effect doubled, missing or unfounded"),
        ({"most_overdue": 1}, "no run past its deadline without an end"),
        ({"hits": ()}, "kills in every role"),
        ({"hits": ()}, "every outage took place"),
        ({"hits": ()}, "at least 9 kills hit somebody at work"),
        ({"meddled": Meddled(sent=100, doubled=9)}, "10% of messages doubled"),
        ({"meddled": Meddled()}, "10% of messages doubled"),
        ({"cuts": Counter({Cut.COMMIT: 9})}, "connections cut on both sides"),
        ({"cuts": Counter({Cut.COMMIT: 6, Cut.PUBLISH: 5})}, "connections cut on both sides"),
        ({"journal": [{**line(ACCEPTED, began=4, seconds=2), "number": 0, "run": "r0"}]}, "99.9% of triggers accepted"),
        ({"journal": [asked(began=4)]}, "99.9% of triggers accepted"),
        ({"journal": [{**line(ACCEPTED, began=4, seconds=0.1, way=LEFT), "run": "r0"}]}, "99.9% of triggers accepted"),
    ],
)
def test_each_goal_can_be_missed(changed: dict[str, Any], goal: str) -> None:
    # When
    told = tally(**changed).as_json()

    # Then
    assert not told["passed"]
    assert [met for name, met in told["goals"].items() if name.startswith(goal)] == [False]


def test_what_was_only_written_down_is_told_apart_and_has_no_say() -> None:
    # Given
    whole = tally()
    late = [{**line(ACCEPTED, began=5 + n, seconds=2, way=LEFT), "run": "r0"} for n in range(5)]

    # When
    told = replace(whole, journal=[*whole.journal, *late]).as_json()

    # Then
    assert told["passed"], told["goals"]
    assert (told["submitted_within_1s"], told["submissions"]["counted"]) == (1.0, 2)
    assert (told["written_down"]["counted"], told["written_down"]["within_1s"]) == (5, 0)


@pytest.mark.parametrize(("kills", "passed"), [(200, True), (199, False)])
def test_two_thousand_runs_need_two_hundred_kills(kills: int, passed: bool) -> None:  # noqa: FBT001  what is expected
    # Given
    wanted = amounts(2_000)
    roles = list(Role) * wanted.kills

    # When
    told = tally(wanted=wanted, hits=[Hit(1, Deed.KILL, whom=role, pid=3) for role in roles[:kills]]).as_json()

    # Then
    assert told["goals"]["at least 200 kills hit somebody at work"] is passed


def test_what_is_only_compared_with_has_no_goals() -> None:
    # When
    told = compared(tally())

    # Then
    assert told["lost_runs"] == 0
    assert not {"passed", "goals"} & told.keys()


def test_restarts_pass_where_every_worker_left_by_itself_and_nothing_was_lost() -> None:
    # Given
    steps = [Row("r0", str(step)) for step in range(8)]
    key = "caller:chaos-1-0"
    rolled = Rolled(
        books=books(runs=[Run("r0", key)], steps=steps, effects={(row.run, row.step): 1 for row in steps}),
        journal=[{**line(ACCEPTED, began=1, seconds=0.1), "number": 0, "run": "r0"}],
        restarts=[Restart("waiting-0", 0, leaving=0.5, coming=2.0)],
    )

    # When
    told = [
        figures(rolled.verdict(), books=rolled.books, restarts=restarts, times=1)
        for restarts in (rolled.restarts, [replace(rolled.restarts[0], code=-signal.SIGKILL)])
    ]

    # Then
    assert [one["passed"] for one in told] == [True, False]
    assert told[0]["seconds_to_leave"] == {"p50": 0.5, "longest": 0.5}


def test_restarts_fail_where_a_worker_lost_an_attempt() -> None:
    # Given
    verdict = reconcile(books(), keys=KEYS, accepted=TOLD, steps=2)

    # When
    told = [
        figures(verdict, books=books(attempts={"succeeded": 4, "given_back": 2, **more}), restarts=[], times=1)
        for more in ({}, {"lost": 1}, {"timed_out": 1})
    ]

    # Then
    assert [one["goals"]["no attempt lost"] for one in told] == [True, False, False]
    assert [one["passed"] for one in told] == [True, False, False]


def test_a_journal_keeps_whole_lines_by_kind_and_knows_its_last(tmp_path: Path) -> None:
    # Given
    journal = Journal(tmp_path / "journal.jsonl")
    nothing = (journal.last(), list(journal.lines(ACCEPTED)))

    # When
    for number in range(100):
        journal.note(ACCEPTED if number % 2 else REFUSED, number=number, words="x" * 100)

    # Then
    assert nothing == (None, [])
    assert [one["number"] for one in journal.lines(ACCEPTED)] == list(range(1, 100, 2))
    last = journal.last()
    assert last is not None
    assert last["number"] == 99


def test_an_empty_journal_has_no_last_line(tmp_path: Path) -> None:
    # Given
    (tmp_path / "journal.jsonl").touch()

    # When
    last = Journal(tmp_path / "journal.jsonl").last()

    # Then
    assert last is None


def test_pushes_are_added_up_over_the_lives_of_brokers_without_our_own() -> None:
    # Given
    counter = PushCounter()
    counter.ours = 10

    # When
    seen = [counter.see("first", 50), counter.see("first", 80), counter.see("second", 5), counter.see("second", 25)]

    # Then
    assert seen == [40, 70, 75, 95]


@pytest.mark.parametrize(
    ("owner", "pid"), [("host:12", 12), ("host-7:12:ab3f", 12), ("host:12:thread-5", 12), ("host", 0), ("", 0)]
)
def test_a_pid_is_read_from_the_name_of_an_owner(owner: str, pid: int) -> None:
    # When
    found = pid_of(owner)

    # Then
    assert found == pid
