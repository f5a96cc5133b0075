"""The score at earlier moments, and how far it fell."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from agents.analysis.health.diagnosis import Diagnosis, diagnose, with_past
from agents.analysis.health.history import History
from agents.analysis.health.over_time import Fall, Point, as_of, fall
from agents.analysis.health.score import LeftOut, Part, weigh
from agents.contract import Evidence

Make = Callable[..., History]
NOW = datetime.fromisoformat("2026-11-20T12:00:00+00:00")


def weekly(*authors: str, start: int = 0, weeks: int = 170) -> list[tuple[float, str]]:
    return [(7 * week + 1 + number / 10, who) for week in range(start, weeks) for number, who in enumerate(authors)]


def scores(found: Diagnosis) -> list[float | None]:
    return [point.score.value for point in found.past]


def test_a_whole_history_has_a_score_at_thirteen_moments(history: Make, now: datetime) -> None:
    # Given three years of steady work
    found = with_past(diagnose(history(weekly("ann", "bob"))))
    # Then the score is told monthly for a year, steadily, and ends with today's
    assert [point.at for point in found.past] == [now - timedelta(days=30 * back) for back in range(12, -1, -1)]
    assert scores(found) == pytest.approx([found.score.value] * 13, abs=1)


def test_an_earlier_score_is_the_one_that_would_have_been_told_then(history: Make) -> None:
    # Given work that ended eighty days ago, with tags and notes
    made = history(weekly("ann", start=12), tags={"v1.0": 300, "v1.1": 20}, notes={"1.0": "x", "1.1": "x"})
    found = with_past(diagnose(made))
    # Then it falls from then on, and is what the history alone gives up to there
    told = [score for score in scores(found) if score is not None]
    assert told[-1] < told[-3] < told[-5]
    assert diagnose(as_of(made, found.past[4].at)).score.value == scores(found)[4]


def test_a_young_history_begins_with_its_first_commit(history: Make) -> None:
    assert len(with_past(diagnose(history([(70, "ann"), (1, "ann")]))).past) == 3
    assert len(with_past(diagnose(history())).past) == 1


def test_a_part_of_a_history_tells_no_moment_before_which_no_year_was_seen(history: Make) -> None:
    # Given a part that reaches back fourteen months
    found = with_past(diagnose(history(weekly("ann", weeks=62), whole=False)))
    # Then only today and two months have a year behind them
    assert len(found.past) == 3


def test_what_was_not_written_yet_counts_for_nothing(history: Make, fact: Callable[..., Evidence]) -> None:
    # Given dated, undated and unreleased notes
    made = history(
        [(500, "ann"), (1, "ann")],
        tags={"v1.0": 300, "v2.0": 10, "strange": 400},
        notes={"1.0": "a", "2.0": "b", "1.5": "c", "0.9": "d", "unreleased": "e", "Preface": "f"},
        dated={"1.5": 20, "0.9": 350},
    )
    then = as_of(made, made.now - timedelta(days=100))
    # Then a note without a date came with its tag
    assert {note.version for note in then.notes} == {"1.0", "0.9"}
    assert [tag.name for tag in then.tags] == ["strange", "v1.0"]
    assert [commit.at for commit in then.commits] == [made.now - timedelta(days=500)]


def points(*series: dict[str, float]) -> tuple[Point, ...]:
    return tuple(
        Point(NOW - timedelta(days=30 * back), weigh([Part(name, value, "") for name, value in values.items()]))
        for back, values in zip(range(len(series) - 1, -1, -1), series, strict=True)
    )


FULL = {"activity": 1.0, "contributors": 1.0, "releases": 1.0}


def test_a_fall_is_told_over_ninety_days_with_what_costs_most() -> None:
    # Given a score whose activity fell away
    found = fall(points(FULL, FULL, FULL, {**FULL, "activity": 0.5}))
    # Then it is told in points, since then, by its worst part
    assert found == Fall(20.0, NOW - timedelta(days=90), Part("activity", 0.5, ""))


def test_only_parts_known_at_both_ends_make_a_fall() -> None:
    # Given a part that came in with a bad value, and two scores with nothing in common
    assert fall(points(FULL, FULL, FULL, {**FULL, "issues": 0.0})) is None
    assert (
        fall(
            points(
                {"activity": 1, "contributors": 1},
                FULL,
                FULL,
                {"releases": 0, "steadiness": 0, "notes": 0, "issues": 0},
            )
        )
        is None
    )


@pytest.mark.parametrize(
    "series",
    [
        points(FULL, FULL, {**FULL, "activity": 0}),
        points({**FULL, "activity": 0}, FULL, FULL, FULL),
        points(FULL, FULL, FULL, {"activity": 0}),
        points({"activity": 1}, FULL, FULL, {**FULL, "activity": 0}),
    ],
    ids=["too short", "a rise", "no score now", "no score then"],
)
def test_without_two_scores_or_with_a_rise_there_is_no_fall(series: tuple[Point, ...]) -> None:
    assert fall(series) is None


def test_what_is_left_out_at_a_moment_is_no_part_of_it() -> None:
    then = weigh([Part("activity", 1, ""), Part("contributors", 1, ""), LeftOut("notes", "none")])
    now = weigh([Part("activity", 1, ""), Part("contributors", 0, ""), Part("notes", 0, "")])
    series = (Point(NOW - timedelta(days=90), then), *(Point(NOW, now) for _ in range(3)))
    found = fall(series)
    assert found is not None
    assert (found.points, found.worst.name) == (45.5, "contributors")
