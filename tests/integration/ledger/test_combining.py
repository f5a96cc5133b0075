"""Steps of one run that begin and end side by side in one process: counted once each, whoever writes them down."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from support.plays import Play, act, in_turn, join, side_by_side
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import AgentReport, Work
from orchestrator.ledger.failing import Outcome, Stepped

pytestmark = pytest.mark.services

WIDTH = 24
NAMES = [f"s{number}" for number in range(WIDTH)]


def at_once(stage: Stage, run_id: UUID, names: Sequence[str]) -> list[Stepped]:
    """Run steps on a thread each, all of which end in the same moment."""
    together = threading.Barrier(len(names))

    def work(work: Work) -> AgentReport:
        together.wait(30)
        return report_of(work)

    crew = Crew(stage.engine, work)
    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(lambda name: crew.run(run_id, name), names))


def test_a_wide_fan_is_done_once_and_one_of_it_opens_the_gate(stage: Stage, play: Play) -> None:
    # Given a fan and a join
    run_id = play.run(in_turn(side_by_side(*map(act, NAMES)), join("end")))
    # When all of the fan ends at once
    found = at_once(stage, run_id, NAMES)
    # Then each is done, with one effect and one attempt, and one of them has the join to send
    assert {one.outcome for one in found} == {Outcome.DONE}
    assert [one.opened for one in found].count(True) == 1
    assert stage.one("SELECT count(*) FROM effects") == WIDTH
    assert stage.one("SELECT count(*) FROM attempts WHERE outcome = 'succeeded'") == WIDTH
    # And after the join the run is over
    assert Crew(stage.engine).play(run_id, "end") == [Outcome.DONE]
    assert stage.state(run_id) == "succeeded"


def test_gates_that_open_in_one_write_each_have_one_who_goes_on(stage: Stage, play: Play) -> None:
    # Given chains side by side
    heads, tails = [f"a{number}" for number in range(8)], [f"b{number}" for number in range(8)]
    chains = [in_turn(act(head), act(tail)) for head, tail in zip(heads, tails, strict=True)]
    run_id = play.run(in_turn(side_by_side(*chains), join("end")))
    # When all their first links end at once, then each goes on with its own chain
    assert [one.opened for one in at_once(stage, run_id, heads)] == [True] * 8
    # And when all the last ones do, then one goes on for all
    assert [one.opened for one in at_once(stage, run_id, tails)].count(True) == 1
    Crew(stage.engine).run(run_id, "end")
    assert stage.state(run_id) == "succeeded"


def test_a_message_that_comes_twice_at_once_runs_its_step_once(stage: Stage, play: Play) -> None:
    # Given a fan whose messages are all doubled
    run_id = play.run(in_turn(side_by_side(*map(act, NAMES)), join("end")))
    crew = Crew(stage.engine)
    # When all come at once
    with ThreadPoolExecutor(2 * WIDTH) as pool:
        found = list(pool.map(lambda name: crew.run(run_id, name), [*NAMES, *NAMES]))
    # Then each step was done by one of its two messages
    assert sum(one.outcome is Outcome.DONE and one.summary in NAMES for one in found) == WIDTH
    assert stage.one("SELECT count(*) FROM attempts") == WIDTH
    assert stage.one("SELECT count(*) FROM effects") == WIDTH
