"""From shapes to Celery's canvas: names and ids only, chords where something follows, misspellings refused."""

from collections.abc import Callable
from uuid import UUID

import pytest
from celery import Celery
from celery.canvas import Signature, group
from hypothesis import given, settings
from support.plays import SPECS, act, in_turn, join, sender, side_by_side
from support.shapes import names, shapes

from orchestrator.domain.plans import Shape, Step
from orchestrator.domain.triggers import Priority
from orchestrator.errors import UnknownQueueError, UnknownTaskError
from orchestrator.ledger.canvas import STEP_TASK, TASKS, Canvas, check_queue, check_task, shown_as

RUN = UUID(int=7)
APP = sender("memory://")


def built(
    shape: Shape,
    *,
    priority: Priority = Priority.NORMAL,
    agents: dict[str, str] | None = None,
    app: Celery = APP,
    lot_size: Callable[[str], int] = lambda _: 1,
) -> Signature:
    """Return the canvas of a shape whose steps are all the actor's, unless said otherwise."""
    plain = dict.fromkeys(names(shape), "actor")
    return Canvas(
        app, RUN, agents={**plain, **(agents or {})}, specs=SPECS, priority=priority, lot_size=lot_size
    ).build(shape)


def leaves(signature: Signature) -> list[Signature]:
    """Return every message of a canvas, in the order of the plan."""
    if isinstance(signature, group) or signature.get("subtask_type") == "chain":
        return [leaf for part in signature.tasks for leaf in leaves(part)]
    return [signature]


@given(shapes())
@settings(deadline=None)
def test_every_step_has_one_message_with_two_ids_and_nothing_else(shape: Shape) -> None:
    # Given any plan, when its canvas is built
    messages = leaves(built(shape))
    # Then there is a message for each step, in plan order, which takes no argument from the one before
    assert [message.args for message in messages] == [(str(RUN), name) for name in names(shape)]
    assert {message.task for message in messages} == {STEP_TASK}
    assert all(message.immutable and message.kwargs == {} for message in messages)
    assert {message.options["queue"] for message in messages} == {"actor"}


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (act("a"), "Signature"),
        (in_turn(act("a"), act("b")), "chain"),
        (side_by_side(act("a"), act("b")), "group"),
        (in_turn(side_by_side(act("a"), act("b")), join("c")), "chain"),
        (in_turn(act("a"), side_by_side(act("b"), act("c"))), "chain"),
    ],
)
def test_each_shape_has_its_own_kind_of_canvas(shape: Shape, kind: str) -> None:
    # Given a shape, when it is built, then it is what Celery has for it
    assert type(built(shape)).__name__ == kind


def test_two_groups_in_a_row_have_no_barrier_message_between_them() -> None:
    # Given two groups and a join, when they are built
    canvas = built(in_turn(side_by_side(act("a"), act("b")), side_by_side(act("c"), act("d")), join("e")))
    # Then the groups are members of one chain, of which Celery makes chords, and no message is nobody's step
    assert [type(part).__name__ for part in canvas.tasks] == ["group", "group", "Signature"]
    assert [message.args[1] for message in leaves(canvas)] == list("abcde")


def test_an_urgent_run_takes_the_urgent_lanes() -> None:
    assert built(act("a"), priority=Priority.CRITICAL).options["queue"] == "actor.urgent"


def test_a_step_goes_to_the_agent_that_has_it_now() -> None:
    # Given a step that was handed over, when the rest is built, then it goes to the stand-in's queue
    assert built(act("a"), agents={"a": "understudy"}).options["queue"] == "understudy"


def test_a_message_is_shown_by_the_agent_that_has_its_steps_now() -> None:
    # Given steps of an actor, one of which was handed over, when they are built
    messages = leaves(built(side_by_side(act("a"), act("b")), agents={"b": "understudy"}))
    # Then each is shown as its agent's, and as no target's: such names would not end
    assert [message.options["shadow"] for message in messages] == [shown_as("actor"), shown_as("understudy")]
    assert shown_as("actor") == "lookout.step.actor"


def test_only_computing_steps_have_time_limits_that_a_pool_of_processes_enforces() -> None:
    # Given a step that waits, on threads, and one that computes
    waiting, computing = built(act("a")), built(act("a", agent="chorus"), agents={"a": "chorus"})
    # Then the first is told to stop by the ledger, the second by its pool too
    assert "time_limit" not in waiting.options
    assert (computing.options["soft_time_limit"], computing.options["time_limit"]) == (15, 20)


@pytest.mark.parametrize("name", [*sorted(TASKS), "celery.chord_unlock"])
def test_a_task_that_exists_may_be_named(name: str) -> None:
    check_task(name)


@pytest.mark.parametrize("name", ["lookout.steps", "", "Lookout.step", "tasks.steps.run_step"])
def test_a_mistyped_task_is_refused_with_those_that_exist(name: str) -> None:
    # Given a misspelling, when it is checked, then the message lists what would be right
    with pytest.raises(
        UnknownTaskError, match=r"does not exist; there are: lookout\.act, lookout\.step, lookout\.sweep"
    ):
        check_task(name)


def test_a_queue_outside_the_catalogue_is_refused_before_anything_is_sent() -> None:
    # Given an app that knows the troupe's queues alone
    check_queue(APP, "actor.urgent")
    # When a message is to go elsewhere, then it is refused, with the queues that exist
    with pytest.raises(UnknownQueueError, match=r"queue 'actr' is not in the catalogue; there are: actions, actor, "):
        check_queue(APP, "actr")
    with pytest.raises(UnknownQueueError, match="queue 'actor' is not in the catalogue"):
        built(act("a"), app=Celery("empty", set_as_current=False))


def test_an_agent_that_left_the_catalogue_is_named() -> None:
    # Given a run whose step belongs to an agent that this code does not know, when it is built, then it says so
    with pytest.raises(UnknownQueueError, match=r"agent 'gone' is not in the catalogue; there are: actor"):
        built(Step(name="a", agent="gone", capability="act"), agents={"a": "gone"})


def test_quick_steps_of_one_agent_travel_in_lots_and_others_alone() -> None:
    # Given steps side by side of an agent whose steps are quick, one of another agent, and a chain
    shape = in_turn(
        side_by_side(*map(act, "abcde"), act("x", agent="understudy"), in_turn(act("y"), act("z"))), join("j")
    )
    # When its canvas is built with lots of at most two
    size = {"actor": 2, "understudy": 1}
    messages = leaves(built(shape, agents={"x": "understudy"}, lot_size=size.__getitem__))
    # Then each message names a lot of one agent, in plan order, and a chain's steps go one by one
    assert [message.args[1:] for message in messages[:7]] == [
        ("a", "b"),
        ("c", "d"),
        ("e",),
        ("x",),
        ("y",),
        ("z",),
        ("j",),
    ]


def test_steps_that_fit_into_one_lot_need_no_chord() -> None:
    # Given a fan and a join of an agent whose steps are quick, when it is built, then two messages follow each other
    shape = in_turn(side_by_side(*map(act, "abcd")), join("j"))
    messages = leaves(built(shape, lot_size=lambda _: 50))
    assert [message.args[1:] for message in messages] == [("a", "b", "c", "d"), ("j",)]


def test_a_steps_own_limit_travels_with_its_message_and_parts_it_from_others() -> None:
    # Given two computing steps side by side, one of them with a limit of its own
    shape = side_by_side(act("a", agent="chorus"), act("b", agent="chorus").model_copy(update={"seconds": 4}))
    # When they are built as they would be for one lot
    messages = leaves(built(shape, agents={"a": "chorus", "b": "chorus"}, lot_size=lambda _: 10))
    # Then each has its own message: the agent's limits, and the same share of the shorter one
    limits = [(one.options["soft_time_limit"], one.options["time_limit"]) for one in messages]
    assert limits == [(15, 20), (3, 4)]
