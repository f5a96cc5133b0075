"""Release patterns across repositories, from what the github agent reports."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.analysis.health.patterns import release_patterns
from agents.contract import AgentReport

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def report(
    name: str,
    *,
    days: list[float] | None = None,
    pattern: str = "regular",
    per_year: float | None = None,
    overdue: bool = False,
    pre: list[float] | None = None,
) -> AgentReport:
    """Return a github report with releases so many days ago."""
    rows: list[JsonValue] = [
        {"version": "1.0", "at": (NOW - timedelta(days=ago)).isoformat(), "kind": kind}
        for kind, each in (("minor", days or []), ("pre", pre or []))
        for ago in each
    ]
    metrics: dict[str, JsonValue] = {
        "release_pattern": pattern,
        "releases": rows,
        "releases_per_year": per_year,
        "release_overdue": overdue,
        "days_since_last_release": min(days) if days else None,
    }
    return AgentReport(agent="github", target=f"github:lamp/{name}", metrics=metrics)


def test_targets_are_told_by_pattern_and_speed() -> None:
    # Given targets of several patterns
    reports = [
        report("b", pattern="regular", per_year=12, days=[10]),
        report("a", pattern="regular", per_year=26, days=[5]),
        report("c", pattern="dormant", per_year=2, days=[900]),
        report("d", pattern="bursty", per_year=4, days=[300], overdue=True),
        report("e", pattern="none"),
    ]
    found = release_patterns(reports, now=NOW)
    # Then every pattern is named, the fastest stand first, and the quiet ones by how long they are so
    assert found.targets == 5
    assert found.by_pattern["regular"] == ("github:lamp/a", "github:lamp/b")
    assert set(found.by_pattern) == {"regular", "bursty", "slowing", "accelerating", "dormant", "none"}
    assert found.fastest[0] == ("github:lamp/a", 26.0)
    assert found.usual_per_year == 8.0
    assert found.quiet == (("github:lamp/c", 900.0), ("github:lamp/d", 300.0))


def test_a_week_in_which_many_release_is_the_busiest() -> None:
    # Given a week with one release each of three targets, and one with five of a single one
    reports = [report(name, days=[40]) for name in "abc"] + [report("d", days=[10, 10, 10, 10, 10], pre=[40])]
    found = release_patterns(reports, now=NOW)
    # Then it is the one of the three, and pre-releases do not count
    assert found.busiest is not None
    assert (found.busiest.targets, found.busiest.releases) == (3, 3)
    assert len(found.weeks) == 52
    assert sum(week.releases for week in found.weeks) == 8


def test_those_that_release_together_are_told_and_those_that_do_not_are_not() -> None:
    # Given two that release on the same days, at uneven intervals, and one that goes its own way
    days = [11.0, 52.0, 95.0, 151.0, 202.0, 288.0, 340.0]
    together, apart = (
        [report("a", days=days), report("b", days=[day + 1 for day in days])],
        report("c", days=[day + 23 for day in days]),
    )
    found = release_patterns([*together, apart], now=NOW)
    # Then only the pair is told, with what chance would have given
    assert [(pair.first, pair.second, pair.shared) for pair in found.together] == [
        ("github:lamp/a", "github:lamp/b", 7)
    ]
    assert found.together[0].expected < 1
    assert found.together[0].p < 1e-6


def test_two_that_release_daily_are_together_by_chance_only() -> None:
    daily = [float(day) for day in range(1, 200, 2)]
    assert release_patterns([report("a", days=daily), report("b", days=daily)], now=NOW).together == ()


def test_too_few_releases_or_too_short_a_time_are_not_compared() -> None:
    # Given three releases each, and many within two months
    few = [report(name, days=[10, 100, 200]) for name in "ab"]
    short = [report(name, days=[10, 20, 30, 40, 50]) for name in "ab"]
    assert release_patterns(few, now=NOW).together == ()
    assert release_patterns(short, now=NOW).together == ()


def test_other_agents_strange_rows_and_no_reports_at_all_are_borne() -> None:
    # Given a report of another agent, one without figures, and rows that are none
    strange: dict[str, JsonValue] = {
        "release_pattern": "regular",
        "releases": [3, {"at": "yesterday"}, {"at": 5}],
        "releases_per_year": "many",
        "release_overdue": True,
    }
    reports = [
        report("a").model_copy(update={"agent": "security"}),
        AgentReport(agent="github", target="git:/x"),
        AgentReport(agent="github", target="git:/y", metrics=strange),
        AgentReport(agent="github", target="git:/z", metrics={**strange, "releases": None}),
    ]
    found = release_patterns(reports, now=NOW)
    assert (found.targets, found.fastest, found.quiet, found.busiest, found.together) == (2, (), (), None, ())
    assert release_patterns([], now=NOW).usual_per_year is None


def test_a_release_of_the_future_is_not_compared() -> None:
    ahead = [report(name, days=[-30, -20, -10, -5, -1]) for name in "ab"]
    assert release_patterns(ahead, now=NOW).together == ()


@given(st.lists(st.lists(st.integers(1, 700), min_size=4, max_size=12), min_size=2, max_size=4))
def test_a_chance_lies_between_0_and_1_whatever_is_released(targets: list[list[int]]) -> None:
    # Given any releases
    reports = [report(str(number), days=[float(day) for day in days]) for number, days in enumerate(targets)]
    found = release_patterns(reports, now=NOW)
    # Then every pair that is told is told for a reason, in the same order each time
    assert all(0 <= pair.p <= 0.05 and pair.shared > pair.expected for pair in found.together)
    assert release_patterns(reports[::-1], now=NOW) == found
