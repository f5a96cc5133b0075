"""Recorded workflows become plans that never begin a task before one it must wait for."""

import json
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.plans.dags import FILE, Dag, components, read_dags
from benchmarks.plans.made import CHAINS, FAN, GROUPS, LAST, LINKS, MEMBERS, made_up
from benchmarks.plans.measure import scale_of
from benchmarks.plans.shaping import longest, longest_first, shape_of
from benchmarks.stand.plans import in_turn, side_by_side, wait_step
from orchestrator.domain.plans import Parallel, Sequence, before, steps
from orchestrator.ledger.layout import lay_out


def dag(**parents: str) -> Dag:
    """Return a workflow whose tasks take a second each; parents are letters in one word."""
    return Dag(
        name="made up",
        seconds=dict.fromkeys(parents, 1.0),
        parents={task: frozenset(given) for task, given in parents.items()},
    )


def row(*tasks: dict[str, object]) -> str:
    return json.dumps({"name": "w", "tasks": list(tasks)})


def test_a_fan_and_its_join_become_parallel_and_sequence() -> None:
    # When
    shape = shape_of(dag(a="", b="", c="ab"), scale=2)
    # Then
    assert isinstance(shape, Sequence)
    fan, join = shape.parts
    assert isinstance(fan, Parallel)
    assert [step.name for step in steps(fan)] == ["a@2", "b@2"]
    assert [step.name for step in steps(join)] == ["c@2"]


def test_chains_that_have_nothing_to_do_with_each_other_stand_side_by_side() -> None:
    # When
    shape = shape_of(dag(a="", b="a", c="", d="c"), scale=1)
    # Then
    assert isinstance(shape, Parallel)
    assert longest(shape) == 2


def test_a_first_task_reads_a_target_and_a_later_one_what_came_before() -> None:
    # When
    first, later = steps(shape_of(dag(a="", b="a"), scale=1))
    # Then
    assert (bool(first.target), bool(later.target)) == (True, False)


def test_the_longest_branch_is_begun_first() -> None:
    # Given a short branch before a long chain
    short, long = wait_step("a", seconds=1), [wait_step("b", seconds=2), wait_step("c", seconds=3)]
    plan = in_turn([side_by_side([short, in_turn(long)]), wait_step("d", seconds=1)])
    # When
    names = [step.name for step in steps(longest_first(plan))]
    # Then
    assert names == ["b@2", "c@3", "a@1", "d@1"]


@st.composite
def dags(draw: st.DrawFn) -> Dag:
    """Return any workflow of some tasks; parents come before their children."""
    names = [f"t{number}" for number in range(draw(st.integers(1, 14)))]
    parents = {
        name: frozenset(draw(st.sets(st.sampled_from(names[:place]), max_size=3))) if place else frozenset()
        for place, name in enumerate(names)
    }
    return Dag("any", {name: float(draw(st.integers(1, 9))) for name in names}, parents)


@given(given_dag=dags())
def test_every_task_is_there_once_and_waits_for_all_its_parents(given_dag: Dag) -> None:
    # When
    shape = shape_of(given_dag, scale=1)
    # Then
    named = {step.name.partition("@")[0]: step.name for step in steps(shape)}
    assert sorted(named) == sorted(given_dag.seconds)
    for task, name in named.items():
        assert {named[parent] for parent in given_dag.parents[task]} <= before(shape, name)
    assert longest(shape) >= given_dag.longest(frozenset(given_dag.seconds))


def test_made_up_workflows_are_a_fan_chains_in_a_chord_and_joins_in_a_join() -> None:
    # Given recorded workflows of which one takes ten times as long as the other
    recorded = (Dag("short", {"a": 1.0, "b": 3.0}, {}), Dag("long", {"a": 10.0, "b": 30.0}, {}))
    # When others are made up
    wide, chained, nested = made_up(recorded, seed=1)
    # Then they have the wanted shapes, and no step begins later than its workflow asks for
    assert [len(made.seconds) for made in (wide, chained, nested)] == [
        FAN + 1,
        CHAINS * LINKS + 1,
        GROUPS * (MEMBERS + 1) + LAST + 1,
    ]
    for made in (wide, chained, nested):
        assert longest(shape_of(made, scale=1)) == pytest.approx(made.longest(frozenset(made.seconds)))
    *fan, join = lay_out(shape_of(wide, scale=1)).steps
    assert {one.behind for one in fan} == {None}
    assert (len(fan), join.step.name.partition("@")[0]) == (FAN, "end")
    # And times are parts of their own workflow's mean, drawn alike by the same seed
    assert set(wide.seconds.values()) == {0.5, 1.5}
    assert next(made_up(recorded, seed=1)) == wide != next(made_up(recorded, seed=2))


def test_nothing_is_made_up_where_nothing_was_recorded() -> None:
    assert list(made_up((), seed=1)) == []


def test_components_are_parts_without_an_edge_between_them() -> None:
    # When
    parts = list(components(dag(a="", b="a", c="", d="", e="d"), frozenset("abcde")))
    # Then
    assert parts == [frozenset("ab"), frozenset("c"), frozenset("de")]


def test_workflows_are_read_by_ids_and_names_alike(tmp_path: Path) -> None:
    # Given parents named by name, as recorded
    first = {"id": "1", "name": "make_1", "runtime_s": 2.5, "parents": []}
    second = {"id": "2", "name": "use_2", "runtime_s": 1.0, "parents": ["make_1"]}
    (tmp_path / FILE).write_text(row(first, second) + "\n")
    # When
    (found,) = read_dags(tmp_path)
    # Then
    assert found == Dag("w", {"1": 2.5, "2": 1.0}, {"1": frozenset(), "2": frozenset({"1"})})
    assert scale_of(found, slots=2, seconds=7) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "give the folder"),
        ("no json", "not a recorded workflow"),
        ("{}", "not a recorded workflow"),
        ('{"name": "w", "tasks": {}}', "tasks is no list"),
    ],
)
def test_a_folder_without_workflows_is_refused_by_name(tmp_path: Path, text: str | None, words: str) -> None:
    # Given
    if text is not None:
        (tmp_path / FILE).write_text(text)
    # Then
    with pytest.raises(click.ClickException, match=words) as refusal:
        read_dags(tmp_path)
    assert FILE in refusal.value.message


def test_tasks_that_wait_for_each_other_are_refused() -> None:
    # Given a circle
    circle = dag(a="b", b="a")
    # Then
    with pytest.raises(click.ClickException, match="wait for each other: a, b"):
        circle.in_order(frozenset("ab"))
