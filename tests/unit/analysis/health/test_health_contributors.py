"""Contributors: on how many people a history rests, who came, and who left."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.health.contributors import measure_contributors
from agents.analysis.health.history import Commit, History

Make = Callable[..., History]


def by(author: str, count: int, *, start: float = 1) -> list[tuple[float, str]]:
    """Return this many commits of the author, from ``start`` days ago on, one every hour before."""
    return [(start + number / 24, author) for number in range(count)]


def test_the_bus_factor_is_the_fewest_authors_with_half_of_the_commits(history: Make) -> None:
    # Given shares of 30, 25, 25 and 20 in a hundred
    made = measure_contributors(history([*by("ann", 30), *by("bob", 25), *by("cho", 25), *by("dee", 20)]))
    # Then two of them make half
    assert made.bus_factor == 2
    assert [author.share for author in made.authors] == [0.30, 0.25, 0.25, 0.20]
    assert made.concentration is not None
    assert isclose(made.concentration, 0.09 + 2 * 0.0625 + 0.04)


def test_exactly_half_is_half(history: Make) -> None:
    assert measure_contributors(history([*by("ann", 5), *by("bob", 3), *by("cho", 2)])).bus_factor == 1


def test_equally_active_authors_are_as_many_as_they_are(history: Make) -> None:
    made = measure_contributors(history([*by("ann", 4), *by("bob", 4), *by("cho", 4), *by("dee", 4)]))
    assert isclose(made.effective, 4)


def test_the_last_year_counts_and_where_it_is_silent_the_whole_history_does(history: Make) -> None:
    # Given one author of long ago, with and without another of today
    old = by("ann", 9, start=900)
    today = measure_contributors(history([*old, *by("bob", 3)]))
    silent = measure_contributors(history(old))
    shallow = measure_contributors(history(old, whole=False))
    # Then the window that was counted is said
    assert (today.window, [author.name for author in today.authors]) == ("last 365 days", ["bob"])
    assert (silent.window, [author.name for author in silent.authors]) == ("whole history", ["ann"])
    assert shallow.window == "all that was seen"
    assert measure_contributors(history(by("ann", 2), whole=False)).window == "part seen of the last 365 days"


def test_regular_authors_who_stopped_are_departures_and_occasional_ones_are_not(history: Make) -> None:
    # Given a regular author of last year who is gone, one who stays, and one who sent one patch
    made = measure_contributors(
        history([*by("ann", 12, start=500), *by("bob", 12, start=500), *by("cho", 1, start=510), *by("bob", 5)])
    )
    # Then only the first is missed
    assert [author.name for author in made.departures] == ["ann"]
    assert isclose(made.departures[0].share, 12 / 25)
    assert made.retention is not None
    assert isclose(made.retention, 12 / 25)


def test_nobody_is_said_to_have_left_a_repository_that_everybody_left(history: Make) -> None:
    # Given silence for a year: that is inactivity, not a departure
    made = measure_contributors(history(by("ann", 12, start=500)))
    assert (made.departures, made.retention) == ((), None)


def test_what_was_before_is_unknown_in_a_shallow_clone(history: Make) -> None:
    # Given a shallow clone of a year and a half
    made = measure_contributors(history([*by("ann", 12, start=500), *by("bob", 5)], whole=False))
    # Then nobody left, nobody is new: it is not known
    assert (made.newcomers, made.departures, made.retention) == (None, (), None)


def test_newcomers_were_never_seen_before_the_last_year(history: Make) -> None:
    # Given one author of three years ago who came back, and one new one
    made = measure_contributors(history([*by("ann", 2, start=1000), *by("ann", 2), *by("bob", 2)]))
    assert made.newcomers == 1


def test_bots_are_counted_apart(history: Make) -> None:
    # Given two bots' commits within the year, one before it
    made = measure_contributors(
        history([*by("ann", 1), *by("renovate[bot]", 2), *by("dependabot[bot]", 1, start=2), (400, "weblate")])
    )
    # Then they are nobody's share
    assert (made.bot_commits, made.bot_names) == (3, ("dependabot[bot]", "renovate[bot]"))
    assert [author.share for author in made.authors] == [1.0]


def test_a_repository_without_people_has_no_bus_factor(history: Make) -> None:
    made = measure_contributors(history(by("renovate[bot]", 3)))
    assert (made.bus_factor, made.effective, made.concentration, made.authors) == (0, 0.0, None, ())


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_the_figures_agree_with_each_other(counts: list[int]) -> None:
    # Given any numbers of commits, by as many authors
    made = measure_contributors(_made(counts))
    # Then the bus factor is the least that reaches half, and nothing is more spread than its authors are many
    total, tops = sum(counts), sorted(counts, reverse=True)
    assert sum(tops[: made.bus_factor]) * 2 >= total
    assert sum(tops[: made.bus_factor - 1]) * 2 < total
    assert 1 - 1e-9 <= made.effective <= len(counts) + 1e-9


def _made(counts: list[int]) -> History:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    commits = tuple(
        Commit(sha=f"{who}-{number}", at=now - timedelta(hours=number), author=f"a{who}", name="", subject="")
        for who, count in enumerate(counts)
        for number in range(count)
    )
    return History(now=now, whole=True, commits=commits)
