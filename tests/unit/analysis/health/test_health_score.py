"""The score: every part moves it in the stated direction, and what is not known counts neither for nor against."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.health.diagnosis import diagnose
from agents.analysis.health.history import Commit, History, Note, Tag
from agents.analysis.health.score import WEIGHTS, Band, LeftOut, Part, Score, weigh

Make = Callable[..., History]
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def parts(history: History) -> Mapping[str, float]:
    return {part.name: part.value for part in diagnose(history).score.parts}


def reasons(history: History) -> Mapping[str, str]:
    return {part.name: part.reason for part in diagnose(history).score.left_out}


def weekly(*authors: str, weeks: int = 110, start: int = 0) -> list[tuple[float, str]]:
    """Return a commit of each author in each week, from ``start`` weeks ago on."""
    return [(7 * week + 1 + number / 10, who) for week in range(start, weeks) for number, who in enumerate(authors)]


def test_the_weights_sum_to_one() -> None:
    assert isclose(sum(WEIGHTS.values()), 1)


def test_a_lively_repository_is_healthy_and_an_abandoned_one_critical(history: Make) -> None:
    # Given two histories alike, but that one ended three years ago
    tags = {f"v1.{number}": 1100.0 - 30 * number for number in range(37)}
    notes = {f"1.{number}": "- Added foo" for number in range(37)}
    lively = history(weekly("ann", "bob", "cho", "dee", "eve", "fay", "gus", "hal"), tags=tags, notes=notes)
    dead = history(
        weekly("ann", "bob", "cho", weeks=260, start=156), tags={name: 1100 + age for name, age in tags.items()}
    )
    # Then so are their scores
    alive, gone = diagnose(lively).score, diagnose(dead).score
    assert alive.value is not None
    assert alive.value > 99
    assert alive.band is Band.HEALTHY
    assert (gone.value, gone.band) == (0.0, Band.CRITICAL)


def test_later_last_commits_lower_activity(history: Make) -> None:
    # Given the same work, ended ever longer ago
    values = [parts(history([(idle, "ann"), (idle + 1, "ann")]))["activity"] for idle in (0, 30, 100, 200, 364, 400)]
    # Then activity falls from 1 to 0, evenly between 30 and 365 days
    assert values[:2] == [1, 1]
    assert values == sorted(values, reverse=True)
    assert isclose(values[2], (365 - 100) / 335)
    assert values[-1] == 0


def test_less_work_than_the_year_before_lowers_activity(history: Make) -> None:
    # Given the same past, and a last year with half, all and twice of its commits
    past = [(400 + number, "ann") for number in range(20)] + [(800, "ann")]
    half, same, twice = (
        parts(history([*past, *[(1 + number, "ann") for number in range(count)]]))["activity"] for count in (10, 20, 40)
    )
    # Then only the first loses, by half of momentum's share
    assert isclose(half, 0.6 + 0.4 * 0.5)
    assert same == twice == 1


def test_a_narrower_spread_of_work_lowers_contributors(history: Make) -> None:
    # Given one, two, four, eight and sixteen equally active authors
    crowd = [f"a{number}" for number in range(16)]
    values = [parts(history(weekly(*crowd[:count], weeks=50)))["contributors"] for count in (1, 2, 4, 8, 16)]
    # Then the part is log2 of their number, out of three
    assert values == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])


def test_authors_who_left_lower_contributors(history: Make) -> None:
    # Given two authors of today, with and without a third who stopped a year ago
    stayed = weekly("ann", "bob", weeks=104)
    left = [*stayed, *weekly("cho", weeks=104, start=53)]
    assert parts(history(left))["contributors"] < parts(history(stayed))["contributors"]


def test_a_later_last_release_lowers_releases(history: Make) -> None:
    # Given a release every thirty days (so due after sixty), the last of them ever older
    def value(last: float) -> float:
        tags = {f"v1.{number}": last + 30 * (6 - number) for number in range(7)}
        return parts(history([(1, "ann")], tags=tags))["releases"]

    # Then the part is 1 until it is due, and 0 from four times that
    assert [value(last) for last in (0, 60, 150, 240, 900)] == pytest.approx([1, 1, 0.5, 0, 0])


def test_pauses_lower_steadiness(history: Make) -> None:
    # Given a commit in each period of 28 days, in every other, and in the newest only
    every = [(28.0 * number + 5, "ann") for number in range(14)]
    values = [parts(history([*some, (400, "ann")]))["steadiness"] for some in (every, every[::2], every[:1])]
    assert values == pytest.approx([1, 7 / 13, 1 / 13])


def test_missing_notes_and_surprises_lower_notes(history: Make) -> None:
    # Given four releases, all with a note, half of them, and with a break that a patch does not admit
    tags = {f"v1.0.{number}": 100.0 - 20 * number for number in range(4)}
    quiet = {f"1.0.{number}": "- Added foo" for number in range(4)}
    some = dict(list(quiet.items())[:2])
    loud = {**quiet, "1.0.3": "## Breaking changes\n- foo is gone"}
    values = [parts(history([(1, "ann")], tags=tags, notes=notes))["notes"] for notes in (quiet, some, loud)]
    # Then each lowers the part
    assert values == pytest.approx([1, 0.75, 0.875])


def test_notes_without_releases_are_judged_by_their_words_alone(history: Make) -> None:
    assert parts(history([(1, "ann")], notes={"1.0": "- Added foo"}))["notes"] == 1


def test_what_was_not_seen_is_left_out_and_the_rest_weighs_more(history: Make) -> None:
    # Given no tags and no notes
    score = diagnose(history(weekly("ann", "bob", weeks=60))).score
    # Then both are named, and the others make up the score by themselves
    assert [part.name for part in score.left_out] == ["releases", "notes"]
    assert isclose(score.known, 0.7)
    assert score.value is not None
    expected = 100 * sum(part.weight * part.value for part in score.parts) / 0.7
    assert isclose(score.value, expected, abs_tol=0.05)


def test_a_shallow_clone_of_a_few_days_gets_no_score(history: Make) -> None:
    # Given one commit of a shallow clone
    made = history([(1, "ann")], whole=False)
    # Then less than half could be computed, so there is none: not a zero
    assert diagnose(made).score.value is None
    assert diagnose(made).score.band is None
    assert "90 days" in reasons(made)["contributors"]
    assert "84 days" in reasons(made)["steadiness"]


def test_a_shallow_clone_in_which_only_bots_commit_says_nothing_of_people(history: Make) -> None:
    # Given the last months of a history, in which people did not commit, and notes of many releases
    made = history([(124, "dependabot[bot]"), (110, "dependabot[bot]")], notes={"1.0": "- Added foo"}, whole=False)
    # Then that nobody committed in the year is not claimed, and what is left is too little for a score
    assert "was seen" in reasons(made)["contributors"]
    assert diagnose(made).score.value is None
    # And where all of the year was seen it is claimed
    assert parts(history([(400, "dependabot[bot]")], whole=False))["contributors"] == 0


def test_without_a_commit_every_part_is_left_out(history: Make) -> None:
    # Given nothing, or tags and notes alone
    for made in (history(), history(tags={"v1.0": 3}, notes={"1.0": "x"})):
        score = diagnose(made).score
        # Then there is no score and no part
        assert (score.value, score.parts, score.weakest) == (None, (), None)
        assert len(score.left_out) == 5


def test_a_repository_of_bots_alone_has_no_activity_where_all_of_it_was_seen(history: Make) -> None:
    # Given a bot's commits, in a whole history and in a shallow clone
    made = [(float(day), "renovate[bot]") for day in range(100)]
    # Then the whole one has none, and of the other that is not known
    assert parts(history(made))["activity"] == 0
    assert "no commit by people" in reasons(history(made, whole=False))["activity"]


def test_contributions_sum_to_the_score_and_the_weakest_part_costs_most(history: Make) -> None:
    score = diagnose(history(weekly("ann", weeks=60), tags={"v1.0": 30}, notes={"1.0": "x"})).score
    assert score.value is not None
    assert isclose(sum(score.contribution(part) for part in score.parts), score.value, abs_tol=0.05)
    assert score.weakest is not None
    assert score.weakest.name == "contributors"


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (1.0, Band.HEALTHY),
        (0.7, Band.HEALTHY),
        (0.69, Band.WATCH),
        (0.5, Band.WATCH),
        (0.3, Band.AT_RISK),
        (0.29, Band.CRITICAL),
    ],
)
def test_bands_begin_where_they_are_said_to(value: float, band: Band) -> None:
    assert Score(tuple(Part(name, value, "") for name in WEIGHTS), ()).band is band


def test_half_of_the_weight_is_enough_for_a_score() -> None:
    known, unknown = [Part("activity", 1, ""), Part("releases", 0, "")], LeftOut("notes", "")
    assert weigh([*known, unknown]).value == 60
    assert weigh([known[0], unknown]).value is None


days = st.lists(st.tuples(st.floats(0.01, 1500), st.integers(0, 6)), min_size=1, max_size=40)


def made_of(commits: list[tuple[float, int]], *, last_release: float = 40, notes: int = 5) -> History:
    """Return a whole history with these (days ago, author) and five releases."""
    own = sorted(
        (
            Commit(sha=f"{number:040x}", at=NOW - timedelta(days=ago), author=f"a{who}", name="", subject="Work")
            for number, (ago, who) in enumerate(commits)
        ),
        key=lambda commit: commit.at,
    )
    tags = [Tag(f"v1.{number}", NOW - timedelta(days=last_release + 40 * (4 - number))) for number in range(5)]
    noted = [Note(f"n{number}", f"1.{4 - number}", "CHANGES", None, "- Added foo") for number in range(notes)]
    return History(now=NOW, whole=True, commits=tuple(own), tags=tuple(tags), notes=tuple(noted))


def value(history: History) -> float:
    found = diagnose(history).score.value
    assert found is not None
    return found


@given(days, st.floats(0.01, 89))
def test_one_more_recent_commit_by_somebody_new_never_lowers_the_score(
    commits: list[tuple[float, int]], ago: float
) -> None:
    # Given any history, whose first commit stands
    before = made_of([*commits, (1600, 0)])
    # When a newcomer commits within the last 90 days
    after = made_of([*commits, (1600, 0), (ago, 99)])
    # Then no part and not the score falls
    assert value(after) >= value(before)
    assert all(part >= parts(before)[name] - 1e-12 for name, part in parts(after).items())


@given(days, st.floats(0.01, 89), st.integers(0, 6))
def test_one_more_recent_commit_by_anybody_never_lowers_activity_or_steadiness(
    commits: list[tuple[float, int]], ago: float, who: int
) -> None:
    # Given any history, and one more recent commit
    before, after = parts(made_of([*commits, (1600, 0)])), parts(made_of([*commits, (1600, 0), (ago, who)]))
    # Then these two parts do not fall
    assert after["activity"] >= before["activity"]
    assert after["steadiness"] >= before["steadiness"]


@given(days, st.floats(0, 2000), st.floats(0, 500))
def test_an_older_last_release_never_raises_the_score(
    commits: list[tuple[float, int]], last: float, later: float
) -> None:
    assert value(made_of(commits, last_release=last + later)) <= value(made_of(commits, last_release=last))


@given(days, st.integers(1, 4))
def test_one_more_note_never_lowers_the_score(commits: list[tuple[float, int]], notes: int) -> None:
    assert value(made_of(commits, notes=notes + 1)) >= value(made_of(commits, notes=notes))


@given(days)
def test_a_score_lies_between_0_and_100(commits: list[tuple[float, int]]) -> None:
    score = diagnose(made_of(commits)).score
    assert score.value is not None
    assert 0 <= score.value <= 100
    assert all(0 <= part.value <= 1 for part in score.parts)
