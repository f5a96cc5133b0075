"""The benchmark of durable runs: its closed loop, its figures, and what it calls reached."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.runs import loop
from benchmarks.runs.areas import area_of
from benchmarks.runs.comparing import goals, ratios, together
from benchmarks.runs.loop import StuckError, ask, ask_in_turn, do, do_in_turn
from benchmarks.runs.measure import chosen
from benchmarks.runs.measuring import Wishes
from benchmarks.runs.profiling import told
from benchmarks.runs.session import Look, costs
from benchmarks.runs.system import PEERS, SOLO, System
from benchmarks.runs.systems import ALL
from benchmarks.runs.work import NOOP, WAITING, Work, fan
from benchmarks.stand.payload import payload
from benchmarks.stand.usage import Counters


def figures(rate: float, *, p50: float = 10, waiting: float = 8, fans: Mapping[str, float] | None = None) -> Any:  # noqa: ANN401  a JSON value
    return {
        "noop": {"runs_per_second": rate},
        "noop_alone": {"p50_ms": p50},
        "waiting": {"runs_per_second": waiting},
        "waiting_alone": {"p50_ms": 160},
        "fan_out": dict(fans or {"10": 22, "1000": 1001}),
    }


class Desk:
    """A door behind which every run is done at once, or none ever is."""

    def __init__(self, *, asleep: bool = False) -> None:
        self.asleep = asleep
        self.done: deque[str] = deque()
        self.most = 0

    def new_id(self) -> str:
        return str(uuid4())

    def begin(self, work: Work, run: str) -> None:
        assert work == NOOP
        if not self.asleep:
            self.done.append(run)
            self.most = max(self.most, len(self.done))

    def ended(self, seconds: float) -> list[str]:  # noqa: ARG002  nothing is waited for
        return [self.done.popleft() for _ in range(len(self.done))]

    def close(self) -> None:
        raise AssertionError("the loop closes nothing")


class Refusing(Desk):
    """A door that takes nothing."""

    def begin(self, work: Work, run: str) -> None:  # noqa: ARG002  whatever it is
        raise ConnectionError(f"no {run} today")


class Quick:
    """Does a run in no time."""

    def __init__(self) -> None:
        self.runs = 0

    async def do(self, work: Work) -> None:  # noqa: ARG002  whatever it is
        self.runs += 1
        await asyncio.sleep(0)

    async def open(self) -> None:
        raise AssertionError("the loop opens nothing")

    async def close(self) -> None:
        raise AssertionError("the loop closes nothing")


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "WARM_SECONDS", 0.01)
    monkeypatch.setattr(loop, "LOST_SECONDS", 0.05)


def test_the_closed_loop_keeps_its_number_in_flight_and_waits_for_the_last() -> None:
    # Given
    desk, marks = Desk(), list[str]()
    # When
    ends = ask(desk, NOOP, inflight=5, seconds=0.05, mark=marks.append)
    # Then nothing is left over, never more were in flight, and both ends of the window were told
    assert desk.done == deque()
    assert desk.most <= 5
    assert marks == ["begin", "end"]
    assert len(ends.took) > 5
    assert 0 < len(ends.as_json()["took"]) <= len(ends.took)


def test_runs_in_turn_are_as_many_as_asked_for() -> None:
    # When
    took = ask_in_turn(Desk(), NOOP, runs=7)
    # Then
    assert len(took) == 7


def test_runs_that_never_end_are_noticed() -> None:
    # Given workers that do nothing
    desk = Desk(asleep=True)
    # Then
    with pytest.raises(StuckError, match="no run ended"):
        ask(desk, NOOP, inflight=2, seconds=0.01, mark=lambda _: None)
    with pytest.raises(StuckError, match="no run ended"):
        ask_in_turn(desk, NOOP, runs=1)


def test_what_goes_wrong_at_the_door_is_raised() -> None:
    # Then
    with pytest.raises(ConnectionError, match="today"):
        ask_in_turn(Refusing(), NOOP, runs=1)


def test_a_system_that_does_its_runs_itself_is_measured_alike() -> None:
    # Given
    quick, marks = Quick(), list[str]()
    # When
    ends = asyncio.run(do(quick, NOOP, inflight=3, seconds=0.02, mark=marks.append))
    alone = asyncio.run(do_in_turn(quick, NOOP, runs=4))
    # Then
    assert marks == ["begin", "end"]
    assert quick.runs == len(ends.took) + len(alone)
    assert len(alone) == 4


def test_rounds_together_are_medians_with_their_spread() -> None:
    # When
    found = together([figures(90, p50=10), figures(100, p50=12), figures(120, p50=11)])
    # Then
    assert found["noop"]["runs_per_second"] == 100
    assert found["noop_alone"]["p50_ms"] == 11
    assert found["runs_per_second_spread"] == pytest.approx(30 / 105, abs=1e-4)
    assert found["cost_per_step_ms"] == {"10": 2.0, "1000": 1.0}


def test_ratios_are_ours_over_theirs() -> None:
    # When
    found = ratios(figures(150, p50=9), figures(100, p50=12, fans={"10": 44, "100": 5}))
    # Then
    assert found["runs_per_second"] == 1.5
    assert found["p50_alone"] == 0.75
    assert found["fan_out"] == {"10": 0.5}


def test_goals_are_judged_by_what_was_measured_and_by_nothing_else() -> None:
    # Given
    ours = together([figures(150, p50=10, waiting=8)])
    slow, fast = together([figures(100, fans={"1000": 2_000})]), together([figures(160, fans={"1000": 500})])
    # When
    found = goals({"lookout": ours, "celery": slow, "dbos": fast})
    # Then
    assert [name for name, reached in found.items() if not reached] == [
        "more no-op runs a second than dbos",
        "fan-out of 1000 in less time than dbos",
    ]
    assert "more no-op runs a second than procrastinate" not in found
    assert goals({"celery": slow}) == {}


def test_a_cost_that_grows_with_the_width_is_not_flat() -> None:
    # When
    found = goals({"lookout": together([figures(100, fans={"10": 11, "1000": 1_500})])})
    # Then
    assert found == {"cost per step flat or falling": False}


def test_what_a_run_cost_is_the_difference_of_two_looks() -> None:
    # Given
    begin = Look(1.0, 0.5, 2.0, 0.1, Counters(100, 10))
    end = Look(3.0, 0.5, 2.5, 0.2, Counters(400, 60))
    # When
    cost = costs(begin, end, runs=100)
    # Then
    assert cost["processor_ms"] == {"workers": 20.0, "database": 5.0, "broker": 1.0, "asking": 0.0}
    assert (cost["commits_per_run"], cost["fsyncs_per_run"]) == (3.0, 0.5)


def test_a_stack_belongs_to_the_innermost_area_that_is_known() -> None:
    # When
    areas = [
        area_of(["/usr/lib/python3.11/threading.py", "/x/psycopg/waiting.py", "/x/orchestrator/ledger/claims.py"]),
        area_of(["/usr/lib/python3.11/json/encoder.py", "/x/orchestrator/store/documents.py"]),
        area_of(["/usr/lib/python3.11/uuid.py", "/x/tasks/steps.py", "/x/celery/app/trace.py"]),
        area_of(["/usr/lib/python3.11/runpy.py"]),
    ]
    # Then
    assert areas == ["database client", "json", "ledger", "other"]


def test_workers_samples_are_told_as_shares_of_their_sum() -> None:
    # When
    found = told([{"areas": {"ledger": 3}, "functions": {"a.b": 3}}, {"areas": {"json": 1}, "functions": {"c.d": 1}}])
    # Then
    assert found == {"samples": 4, "areas": {"ledger": 0.75, "json": 0.25}, "functions": {"a.b": 0.75, "c.d": 0.25}}
    assert told([])["samples"] == 0


def test_work_says_how_many_steps_it_has() -> None:
    # Then
    assert (NOOP.steps, WAITING.phases, fan(10).phases, fan(10).steps) == (7, (4, 2, 1), (10, 1), 11)


def test_every_step_gives_about_a_kilobyte() -> None:
    # Then
    assert 1_000 <= len(str(payload("s0.1"))) <= 1_100


def test_systems_are_chosen_by_name_and_a_missing_one_says_how_to_get_it() -> None:
    # Given a system that needs what nobody has
    absent = System("absent", "absent", ("nowhere.to.be.found",), lambda _: {}, lambda _, __: [])
    unset = System("unset", "unset", (), lambda _: {}, lambda _, __: [], setting="no_such_setting")
    # Then
    assert absent.missing == PEERS
    assert unset.missing == "this version has no setting no_such_setting"
    assert [system.name for system in chosen(ALL, ("lookout", "celery"))] == ["lookout", "celery"]
    assert len(chosen(ALL, ())) == len(ALL) == len({system.name for system in ALL})
    assert Wishes.quick(("lookout",)).rounds == 1
    assert SOLO.name == "solo, 4 x 1"
