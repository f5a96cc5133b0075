"""The parts that only a forge knows: they move the score where they were collected, and never a clone's."""

from collections.abc import Callable
from math import isclose, log

import pytest

from agents.analysis.health.diagnosis import Diagnosis, diagnose
from agents.analysis.health.history import History
from agents.analysis.health.score import FORGE_WEIGHTS, WEIGHTS, LeftOut, Part, weigh
from agents.contract import Coverage, CoverageState, Evidence

Make = Callable[..., History]
Item = Callable[..., Evidence]
Look = Callable[..., Diagnosis]
Row = Callable[..., Coverage]
WEEKLY = [(7 * week + 1 + number / 10, who) for week in range(110) for number, who in enumerate(("ann", "bob"))]


def parts(diagnosis: Diagnosis) -> dict[str, float]:
    return {part.name: part.value for part in diagnosis.score.parts}


def reasons(diagnosis: Diagnosis) -> dict[str, str]:
    return {part.name: part.reason for part in diagnosis.score.left_out}


def handled(issue: Item, *, kind: str = "issue", count: int = 12, days: float = 3) -> list[Evidence]:
    """Return tickets of the last months, each closed after so many days."""
    return [issue(number, opened=200 + number, closed=200 + number - days, kind=kind) for number in range(1, count + 1)]


def test_a_clones_score_knows_nothing_of_a_forge(history: Make) -> None:
    # Given a history, diagnosed as a clone's
    score = diagnose(history(WEEKLY)).score
    # Then only the five parts of a history are there or left out
    assert {part.name for part in score.parts} | {part.name for part in score.left_out} == set(WEIGHTS)
    assert isclose(score.known, 0.7)


def test_a_forges_parts_come_on_top_and_the_others_weigh_less(
    history: Make, issue: Item, advisory: Item, look: Look
) -> None:
    # Given a history, and a forge where all goes well
    items = [*handled(issue), *handled(issue, kind="pull", days=1), advisory("GHSA-1", days=30)]
    alone, both = diagnose(history(WEEKLY)).score, look(*items, history=history(WEEKLY)).score
    # Then its parts are full, and the score is the mean by weight of all
    assert {part.name: part.value for part in both.parts if part.name in FORGE_WEIGHTS} == {
        "issues": 1.0,
        "pulls": 1.0,
        "advisories": 1.0,
    }
    assert alone.value is not None
    assert both.value is not None
    assert isclose(both.value, (alone.value * 0.7 + 100 * 0.45) / 1.15, abs_tol=0.1)
    assert isclose(both.known, 1.15 / 1.45)


def test_what_was_not_collected_is_left_out_and_costs_nothing(
    history: Make, issue: Item, look: Look, covered: Row
) -> None:
    # Given a forge of which only the commits were collected, and one whose issues failed
    rows = [covered("github"), covered("github:issues", CoverageState.FAILED)]
    found = look(rows=rows, history=history(WEEKLY))
    # Then each is named with its reason, and the score is the history's
    assert reasons(found)["issues"] == "issues could not be collected"
    assert reasons(found)["pulls"] == "pull requests could not be collected"
    assert reasons(found)["advisories"] == "advisories were not collected"
    assert found.score.value == diagnose(history(WEEKLY)).score.value


def test_slower_answers_lower_the_issues_part(issue: Item, look: Look) -> None:
    # Given the same issues, closed after ever more days
    values = [parts(look(*handled(issue, days=days)))["issues"] for days in (1, 7, 30, 100, 190)]
    # Then the part falls, by as much for each doubling
    assert values[:2] == [1, 1]
    assert values == sorted(values, reverse=True)
    assert values[2] == pytest.approx((1 + log(365 / 30) / log(365 / 7)) / 2)


def test_issues_that_nobody_closes_lower_the_part(issue: Item, look: Look) -> None:
    # Given twelve issues, of which ever more stay open
    closed = handled(issue)
    values = [
        parts(look(*closed[number:], *[issue(100 + each, opened=300) for each in range(number)]))["issues"]
        for number in (0, 4, 8, 12)
    ]
    # Then the part falls, to what the longest wait so far is worth
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(log(365 / 300) / log(365 / 7) / 2)


def test_merging_little_is_no_fault_and_deciding_late_is(issue: Item, look: Look) -> None:
    # Given pull requests all merged, all refused, and all decided after a quarter
    merged = [issue(number, opened=200 + number, merged=199 + number, kind="pull") for number in range(1, 9)]
    refused = [issue(number, opened=200 + number, closed=199 + number, kind="pull") for number in range(1, 9)]
    late = [issue(number, opened=200 + number, merged=110 + number, kind="pull") for number in range(1, 9)]
    values = [parts(look(*items))["pulls"] for items in (merged, refused, late)]
    assert values[0] == values[1] == 1
    assert values[2] < 0.6


def test_too_few_issues_or_too_short_a_look_leave_the_part_out(issue: Item, look: Look, covered: Row) -> None:
    # Given four issues, a list of the last month, and none at all
    four = look(*handled(issue, count=4))
    month = look(*handled(issue), rows=[covered("github:issues", detail="Changed since 2026-10-20")])
    none = look(rows=[covered("github:issues", CoverageState.ZERO)])
    # Then each says why
    assert reasons(four)["issues"] == "fewer than 5 issues were opened in the last 365 days"
    assert reasons(month)["issues"] == "less than 90 days of the issues were seen"
    assert reasons(none)["pulls"] == "fewer than 5 pull requests were opened in the last 365 days"


def test_where_only_a_quarter_was_seen_it_is_judged_by_that(issue: Item, look: Look, covered: Row) -> None:
    items = [issue(number, opened=60 + number, closed=58 + number) for number in range(1, 9)]
    found = look(*items, rows=[covered("github:issues", detail="Changed since 2026-08-01")])
    assert parts(found)["issues"] == 1


def test_advisories_without_a_fix_lower_their_part(advisory: Item, look: Look) -> None:
    # Given four advisories of two years, one of them without a fix, and an old one without
    items = [advisory(f"GHSA-{number}", days=100 * number) for number in range(1, 4)]
    found = look(*items, advisory("GHSA-4", days=400, fixed=None), advisory("GHSA-5", days=900, fixed=None))
    assert parts(found)["advisories"] == 0.75
    # And to have published none is neither good nor bad
    assert "advisories" in reasons(look())


def test_an_archived_repository_has_no_activity_however_lively_it_was(history: Make, state: Item, look: Look) -> None:
    found = look(state(archived=True), history=history(WEEKLY))
    assert parts(found)["activity"] == 0
    assert parts(look(state(), history=history(WEEKLY)))["activity"] > 0.9


def test_without_commits_a_forge_alone_gives_no_score(issue: Item, look: Look) -> None:
    # Given issues and pull requests, and no commit
    found = look(*handled(issue), *handled(issue, kind="pull"))
    # Then less than half of the weight is known; what was judged all the same is there
    assert found.score.value is None
    assert set(parts(found)) == {"issues", "pulls"}
    assert found.judged


def test_half_of_the_weight_is_counted_over_what_a_target_could_have() -> None:
    # Given half of a history's weight and less, alone, beside a forge that told nothing, and one that told all
    half, less = [Part("activity", 1, ""), Part("releases", 1, "")], [Part("contributors", 1, "")]
    silent = [LeftOut(name, "") for name in FORGE_WEIGHTS]
    told = [Part(name, 1, "") for name in FORGE_WEIGHTS]
    # Then a silent forge takes nothing away, and one that tells much is no history
    assert [weigh([*half, *forge]).value for forge in ([], silent, told)] == [100, 100, 100]
    assert [weigh([*less, *forge]).value for forge in ([], silent, told)] == [None, None, None]


def test_closing_is_told_by_the_last_quarter_where_enough_happened_in_it(issue: Item, look: Look) -> None:
    # Given a year of issues closed at once, and a quarter in which nobody closes any
    before = [issue(number, opened=100 + number, closed=100 + number) for number in range(1, 101)]
    lately = [issue(200 + number, opened=10 * number) for number in range(1, 9)]
    found = parts(look(*before, *lately))
    # Then closing is 0, and speed is that of the year
    assert found["issues"] == 0.5
