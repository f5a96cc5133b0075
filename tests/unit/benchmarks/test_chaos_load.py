"""The load of the chaos harness: eight steps a run, in nested shapes, the same for the same seed."""

from pathlib import Path

from celery import Celery

from agents.contract import Pool
from benchmarks.chaos.actors import ACTORS, LONGEST, SHORTEST, seconds_of, specs
from benchmarks.chaos.assignment import Assignment
from benchmarks.chaos.casting import shared_out
from benchmarks.chaos.load import STEPS, keys, trigger
from benchmarks.chaos.plain.canvas import canvas, shape_of
from benchmarks.chaos.plain.names import LAST
from orchestrator.domain.plans import Parallel, Sequence, steps
from orchestrator.planning.planner import make_plan


def test_every_run_has_eight_steps_and_ends_in_a_join() -> None:
    # When
    plans = [make_plan(trigger(1, number), specs=specs()) for number in range(100)]

    # Then
    assert {len(plan.steps) for plan in plans} == {STEPS}
    shapes = [plan.shape for plan in plans if isinstance(plan.shape, Sequence)]
    assert len(shapes) == len(plans)
    assert all(any(isinstance(part, Parallel) for part in shape.parts) for shape in shapes)
    assert {plan.steps[-1].name for plan in plans} == {LAST}
    assert len({str(plan.shape) for plan in plans}) > 50


def test_some_runs_are_urgent_and_both_kinds_of_worker_have_work() -> None:
    # When
    triggers = [trigger(1, number) for number in range(100)]

    # Then
    assert 0 < sum(bool(one.priority is not None and one.priority.urgent) for one in triggers) < 50
    assert {actor.spec.pool for actor in ACTORS} == set(Pool)


def test_keys_are_known_before_anything_runs_and_are_all_different() -> None:
    # When
    known = keys(7, 50)

    # Then
    assert known == keys(7, 50)
    assert len(set(known)) == 50
    assert not set(known) & set(keys(8, 50))


def test_a_step_waits_as_long_at_every_attempt() -> None:
    # When
    waits = {seconds_of("run", f"step-{number}") for number in range(50)}

    # Then
    assert waits == {seconds_of("run", f"step-{number}") for number in range(50)}
    assert len(waits) == 50
    assert SHORTEST <= min(waits) < max(waits) <= LONGEST


def test_an_assignment_survives_a_command_line_and_its_parts_are_the_whole() -> None:
    # Given
    whole = Assignment(seed=1, runs=11, number=0, of=1, window=5, journal=Path("/f/o.jsonl"), stop=Path("/f/stop"))

    # When
    parts = [Assignment.from_word(one.to_word()) for one in shared_out(whole, among=3)]

    # Then
    assert sorted(number for part in parts for number in part.numbers()) == list(range(11))
    assert len({part.journal for part in parts}) == 3


def test_the_plain_canvas_has_the_same_steps() -> None:
    # Given
    app, shape = Celery("test", set_as_current=False), shape_of(1, 3)

    # When
    built = canvas(app, shape, run="plain-1-3")

    # Then
    names = {step.name for step in steps(shape)}
    assert len(names) == STEPS
    assert all(name in str(built) or name in repr(dict(built)) for name in names)
