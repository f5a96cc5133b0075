"""Plans of every shape, run by real workers through the real canvas."""

import pytest
from support.plays import Play, act, in_turn, join, side_by_side
from support.stages import Stage

pytestmark = pytest.mark.services


def test_a_chain_a_chord_and_nested_plans_run_to_their_end(stage: Stage, play: Play) -> None:
    # Given a worker, and plans of every shape that Celery's canvas can say
    stage.worker(queues="actor,actor.urgent,celery,upkeep")
    shapes = {
        "one": act("only"),
        "chain": in_turn(act("a"), act("b"), act("c")),
        "chord": in_turn(side_by_side(act("a"), act("b"), act("c")), join("d")),
        "groups in a row": in_turn(
            side_by_side(act("a"), act("b"), act("c"), act("d")), side_by_side(join("e"), join("f")), join("g")
        ),
        "chains in a chord": in_turn(
            side_by_side(in_turn(act("a"), act("b")), in_turn(act("c"), act("d")), act("e")), join("f")
        ),
        "a chord in a chord": in_turn(
            side_by_side(
                in_turn(side_by_side(act("a"), act("b")), side_by_side(act("c"), in_turn(act("d"), act("e")))),
                in_turn(act("f"), act("g")),
            ),
            join("h"),
        ),
        "parallel alone": side_by_side(act("a"), in_turn(act("b"), act("c"))),
        "deep": in_turn(
            act("a"),
            side_by_side(
                act("b"),
                in_turn(
                    act("c"),
                    side_by_side(act("d"), in_turn(side_by_side(act("e"), act("f")), join("g"))),
                    join("h"),
                ),
            ),
            join("i"),
            side_by_side(act("j"), act("k")),
        ),
    }
    # When each of them is submitted
    runs = {name: play.run(shape) for name, shape in shapes.items()}
    # Then each ends, each step has run once, and nothing had to be sent twice
    for name, run_id in runs.items():
        assert stage.wait_for_end(run_id, seconds=20) == "succeeded", name
    assert stage.one("SELECT count(*) FROM steps WHERE state <> 'succeeded'") == 0
    assert stage.one("SELECT max(attempt) FROM steps") == 1
    assert stage.one("SELECT max(epoch) FROM runs") == 0
    assert stage.doubled_effects() == 0
    # And a joining step saw what came before it
    saw = stage.one(
        "SELECT body -> 'data' ->> 'saw' FROM run_findings f WHERE run_id = :run AND step = 'h'",
        run=runs["a chord in a chord"],
    )
    assert saw == "a,b,c,d,e,f,g"
