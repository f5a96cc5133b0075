"""List scheduling on paper: by hand where the answer is known, and by its own bounds where it is not."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.plans.listing import highest_level_first, levels_of
from benchmarks.plans.shaping import longest, seconds_of, total
from benchmarks.stand.plans import in_turn, side_by_side, wait_step
from orchestrator.domain.plans import Shape, Step, steps
from orchestrator.ledger.layout import lay_out


def step(name: str, seconds: float) -> Step:
    return wait_step(name, seconds=seconds)


def test_a_level_is_the_longest_path_to_the_plans_end() -> None:
    # Given a chain beside a short step, and a join behind both
    plan = in_turn([side_by_side([in_turn([step("a", 1), step("b", 4)]), step("c", 2)]), step("d", 3)])
    # When
    levels = levels_of(lay_out(plan).steps)
    # Then
    assert levels == {"a@1": 8, "b@4": 7, "c@2": 5, "d@3": 3}


def test_the_highest_level_goes_first_and_the_rest_fills_the_slots() -> None:
    # Given two short steps listed before a long one
    plan = side_by_side([step("a", 1), step("b", 1), step("c", 2)])
    # When
    spans = [highest_level_first(plan, slots=slots) for slots in (1, 2, 3)]
    # Then the long one does not come last
    assert spans == [4, 2, 2]


def test_what_follows_waits_for_the_gate_and_not_for_a_slot() -> None:
    # Given a fan with one straggler, and a join
    plan = in_turn([side_by_side([step("a", 1), step("b", 5)]), step("c", 2)])
    # Then more slots do not help
    assert highest_level_first(plan, slots=2) == highest_level_first(plan, slots=9) == 7


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Return any plan, its steps numbered, with whole seconds so that sums are exact."""
    number = iter(range(1_000))
    leaf = st.integers(1, 9).map(lambda seconds: step(f"s{next(number)}", seconds))
    branch = st.recursive(
        leaf,
        lambda below: st.lists(below, min_size=2, max_size=4).flatmap(
            lambda parts: st.sampled_from([in_turn(parts), side_by_side(parts)])
        ),
        max_leaves=25,
    )
    return draw(branch)


@given(plan=shapes(), slots=st.integers(1, 6))
def test_no_schedule_beats_the_bounds_nor_falls_behind_grahams(plan: Shape, slots: int) -> None:
    # When
    span = highest_level_first(plan, slots=slots)
    # Then it takes at least the longest path and the work's share, and at most what Graham (1969) proved of any list
    least = max(longest(plan), total(plan) / slots)
    most = total(plan) / slots + longest(plan) * (slots - 1) / slots
    assert least - 1e-9 <= span <= most + 1e-9


@given(plan=shapes())
def test_enough_slots_leave_the_longest_path_alone(plan: Shape) -> None:
    # Given a slot for every step
    slots = len(list(steps(plan)))
    # Then
    assert highest_level_first(plan, slots=slots) == longest(plan)
    assert highest_level_first(plan, slots=1) == sum(seconds_of(one) for one in steps(plan))
