"""Occurrences held against what should have been fired."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.beats.measure import goals_of
from benchmarks.beats.reconciling import Beat, Fired, Sums, reconcile

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def _fired(*numbers: int, fence: int = 1) -> list[Fired]:
    """Return the occurrences of a schedule of two seconds, each fired in time."""
    dues = [START + timedelta(seconds=2 * number) for number in numbers]
    return [Fired("a", due, due + timedelta(milliseconds=5), fence) for due in dues]


def _sums(fired: list[Fired], *, runs: list[Fired] | None = None, doubled: tuple[int, ...] = ()) -> Sums:
    counts = {(row.schedule, row.due): 1 for row in (fired if runs is None else runs)}
    counts.update({("a", START + timedelta(seconds=2 * number)): 2 for number in doubled})
    return reconcile(fired, counts, beats={"a": Beat(START, 2)})


def test_a_whole_beat_with_a_run_each_is_in_order() -> None:
    # Given every occurrence, of two leaders, and a run of each, then nothing is found
    assert _sums([*_fired(0, 1), *_fired(2, 3, fence=2)]) == Sums(4, lost=0, doubled=0, behind_the_fence=0)


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        (_sums(_fired(0, 1, 3)), Sums(3, lost=1, doubled=0, behind_the_fence=0)),
        (_sums(_fired(1, 2)), Sums(2, lost=1, doubled=0, behind_the_fence=0)),
        (_sums([]), Sums(0, lost=1, doubled=0, behind_the_fence=0)),
        (_sums(_fired(0, 1), runs=_fired(0)), Sums(2, lost=1, doubled=0, behind_the_fence=0)),
        (_sums(_fired(0, 1, 1)), Sums(3, lost=0, doubled=1, behind_the_fence=0)),
        (_sums(_fired(0, 1), doubled=(1,)), Sums(2, lost=0, doubled=1, behind_the_fence=0)),
        (_sums(_fired(0), runs=_fired(0, 1)), Sums(1, lost=0, doubled=1, behind_the_fence=0)),
        (_sums([*_fired(0, fence=2), *_fired(1)]), Sums(2, lost=0, doubled=0, behind_the_fence=1)),
    ],
)
def test_what_is_missing_doubled_or_late_is_found(sums: Sums, expected: Sums) -> None:
    # Given a fault in what was fired, then it is counted as what it is
    assert sums == expected


def test_the_goals_say_what_was_missed() -> None:
    # Given takeovers, one of them too slow, a doubled occurrence, and too few in all
    sums = Sums(9, lost=0, doubled=1, behind_the_fence=0)
    goals = goals_of({"SIGKILL": [5.0, 10.5], "SIGSTOP": []}, sums, occurrences=10)
    # Then just those goals are missed; and where nothing was measured, the first is too
    assert list(goals.values()) == [False, False, True, False, True]
    assert not next(iter(goals_of({}, sums, occurrences=9).values()))
