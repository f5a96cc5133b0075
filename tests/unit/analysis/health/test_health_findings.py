"""Findings: what is said of a history, how bad it is, and that the same claim keeps its id."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from agents.analysis.health.case import Case, moderated
from agents.analysis.health.diagnosis import diagnose
from agents.analysis.health.findings import all_findings, recommendations
from agents.analysis.health.history import History
from agents.analysis.health.metrics import figures
from agents.analysis.health.seen import Seen
from agents.analysis.health.sureness import how_sure
from agents.contract import Coverage, CoverageState, Finding, Severity, Target, TargetKind

Make = Callable[..., History]
COVERAGE = (Coverage(source="git", subject="git:/srv/clones/thing", state=CoverageState.COMPLETE, items=9),)


def found(history: History, *, tier: str = "tools", fresh: float = 1.0, depth: float = 1.0) -> dict[str, list[Finding]]:
    """Return the findings by kind, as the agent makes them."""
    target = Target(kind=TargetKind.GIT, location="/srv/clones/thing", tier=tier)
    seen = Seen(COVERAGE, CoverageState.COMPLETE, history.whole, history.now, fresh, depth, ())
    diagnosis = diagnose(history)
    by_kind: dict[str, list[Finding]] = {}
    for finding in all_findings(Case(target, diagnosis, seen, COVERAGE), how_sure(diagnosis, seen)):
        by_kind.setdefault(finding.kind.removeprefix("github."), []).append(finding)
    return by_kind


def by(author: str, count: int, *, start: float = 1, every: float = 1) -> list[tuple[float, str]]:
    return [(start + number * every, author) for number in range(count)]


CROWD = [(day + number / 10, f"a{number}") for day in range(1, 800, 7) for number in range(8)]


def test_a_healthy_repository_has_its_score_as_the_only_finding(history: Make) -> None:
    # Given a lively history
    everything = found(history(CROWD, tags={"v1.0": 9}, notes={"1.0": "- Added foo"}))
    # Then only the score is said, as information, with every part and the coverage
    (health,) = everything.pop("health")
    assert everything == {}
    assert (health.severity, health.since, health.next_action) == (Severity.INFO, None, "")
    assert health.data["band"] == "healthy"
    assert health.coverage == COVERAGE
    assert "v1.0" in health.evidence
    assert "contributors" in health.detail


@pytest.mark.parametrize(
    ("idle", "severity"), [(179, None), (181, Severity.MEDIUM), (364, Severity.MEDIUM), (366, Severity.HIGH)]
)
def test_silence_is_a_finding_from_half_a_year_on(history: Make, idle: int, severity: Severity | None) -> None:
    # Given a last commit so many days ago
    made = history(by("ann", 30, start=idle))
    (inactive,) = found(made).get("inactive", [None])
    # Then it is said since when, by which commit, from half a year on
    assert (inactive.severity if inactive else None) is severity
    if inactive is not None:
        assert (inactive.since, inactive.evidence) == (made.work[-1].at, (made.work[-1].sha,))


def test_one_heavy_author_is_worse_than_two(history: Make) -> None:
    # Given one author alone, and three of whom it takes two to make half
    (one,) = found(history(by("ann", 30)))["bus_factor"]
    (two,) = found(history([*by("ann", 10), *by("bob", 10), *by("cho", 10)]))["bus_factor"]
    # Then one is medium, two are low; the count is no part of the claim
    assert (one.severity, two.severity) == (Severity.MEDIUM, Severity.LOW)
    assert one.id == two.id
    # And three, or too few commits to tell, are no finding
    assert "bus_factor" not in found(history([entry for who in "abcdef" for entry in by(who, 10)]))
    assert "bus_factor" not in found(history(by("ann", 19)))


def test_a_dead_repository_is_inactive_and_not_concentrated_as_well(history: Make) -> None:
    everything = found(history(by("ann", 30, start=400)))
    assert "inactive" in everything
    assert "bus_factor" not in everything


def test_departures_grow_with_the_share_of_who_left(history: Make) -> None:
    # Given authors of the year before with 60, 30 and 10 commits, and somebody who stays
    past = [*by("ann", 60, start=400), *by("bob", 30, start=400), *by("cho", 10, start=400)]
    gone = found(history([*past, *by("dee", 9)]))["contributor_departure"]
    # Then each is one finding, named in the data and never in the claim or the title
    assert [finding.severity for finding in gone] == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]
    assert [finding.data["author"] for finding in gone] == ["ann", "bob", "cho"]
    assert len({finding.id for finding in gone}) == 3
    assert all("ann" not in finding.title for finding in gone)


def test_an_author_whose_id_is_an_address_is_claimed_by_a_pseudonym(history: Make) -> None:
    # Given ids that are addresses, which some source may give
    made = history([*by("ann@example.org", 9, start=400), *by("bob@example.org", 9)])
    told = json.dumps([finding.model_dump(mode="json") for each in found(made).values() for finding in each])
    # Then no address is said anywhere
    assert "contributor_departure" in told
    assert "@example" not in told


def test_waiting_work_makes_a_late_release_overdue(history: Make) -> None:
    # Given a release every thirty days (so due after sixty), late, and very late
    def late(last: float) -> list[Finding]:
        tags = {f"v1.{number}": last + 30 * (8 - number) for number in range(9)}
        return found(history(CROWD, tags=tags)).get("release_overdue", [])

    # Then it is low, then medium, from the day on which it was due
    assert late(59) == []
    assert [finding.severity for finding in late(70)] == [Severity.LOW]
    assert [finding.severity for finding in late(130)] == [Severity.MEDIUM]
    since = late(70)[0].since
    assert since is not None
    assert since == history().now - timedelta(days=10)


def test_slower_and_slower_releases_are_said(history: Make) -> None:
    # Given intervals that grow
    ages, age = {}, 5.0
    for number, interval in enumerate([80, 70, 66, 55, 50, 41, 37, 30, 22, 18, 12]):
        ages[f"v1.{20 - number}"] = age
        age += interval
    (slowing,) = found(history(CROWD, tags=ages))["release_slowing"]
    # Then there is one, with its figures
    assert slowing.severity is Severity.LOW
    assert "Mann-Kendall" in slowing.detail
    assert len(slowing.evidence) == 3


def test_breaks_are_worse_where_the_number_does_not_admit_them(history: Make) -> None:
    # Given a marked break in a patch, one in a major, and a removal told by a word
    tags = {"v1.0.0": 90, "v1.0.1": 80, "v2.0.0": 20, "v2.0.1": 10}
    marked = "## Breaking changes\n- foo is gone"
    made = history(CROWD, tags=tags, notes={"1.0.1": marked, "2.0.0": marked, "2.0.1": "- Removed `foo`"})
    told = {finding.claim: finding for finding in found(made)["breaking_change"]}
    # Then severity and confidence follow, and the words are quoted
    assert {claim: (finding.severity, finding.confidence) for claim, finding in told.items()} == {
        "version:1.0.1": (Severity.MEDIUM, 0.9),
        "version:2.0.0": (Severity.LOW, 0.9),
        "version:2.0.1": (Severity.LOW, 0.6),
    }
    assert told["version:1.0.1"].detail == "“foo is gone”"
    assert told["version:1.0.1"].since == made.tags[1].at


def test_a_break_older_than_the_window_is_only_information(history: Make) -> None:
    made = history(CROWD, tags={"v1.0.1": 700}, notes={"1.0.1": "## Breaking changes\n- foo"})
    assert [finding.severity for finding in found(made)["breaking_change"]] == [Severity.INFO]


def test_deprecations_are_low_and_unreleased_ones_are_said_to_be_so(history: Make) -> None:
    (finding,) = found(history([*CROWD, (0.5, "ann", "Deprecate foo")], tags={"v1.0": 9}))["deprecation"]
    assert (finding.claim, finding.severity) == ("version:unreleased", Severity.LOW)
    assert finding.title.startswith("Unreleased work")


def test_ten_versions_at_most_are_told_of_each_kind(history: Make) -> None:
    tags = {f"v{number}.0": 300.0 - 10 * number for number in range(14)}
    made = history(CROWD, tags=tags, notes={f"{number}.0": "- Removed `foo`" for number in range(14)})
    assert len(found(made)["breaking_change"]) == 10
    assert figures(diagnose(made))["breaking_versions"] == 14


@pytest.mark.parametrize(
    ("severity", "tier", "raised"),
    [
        (Severity.INFO, "critical", Severity.INFO),
        (Severity.LOW, "critical", Severity.MEDIUM),
        (Severity.MEDIUM, "critical", Severity.HIGH),
        (Severity.HIGH, "critical", Severity.HIGH),
        (Severity.MEDIUM, "tech_stack", Severity.MEDIUM),
        (Severity.MEDIUM, "tools", Severity.MEDIUM),
    ],
)
def test_only_the_critical_tier_raises_a_severity_and_never_above_high(
    severity: Severity, tier: str, raised: Severity
) -> None:
    assert moderated(severity, tier=tier) is raised


def test_recommendations_answer_what_is_medium_and_above_most_urgent_first(history: Make) -> None:
    # Given a dead repository of a critical tier, where all is raised
    everything = [
        finding for each in found(history(by("ann", 30, start=200)), tier="critical").values() for finding in each
    ]
    asked = recommendations(everything)
    # Then each finding of medium and above has one
    wanted = {finding.id for finding in everything if finding.severity.rank >= Severity.MEDIUM.rank}
    assert {recommendation.finding for recommendation in asked} == wanted
    ranks = [recommendation.severity.rank for recommendation in asked]
    assert ranks == sorted(ranks, reverse=True)
    assert all(recommendation.action for recommendation in asked)


def test_the_same_claims_a_day_later_keep_their_ids(history: Make) -> None:
    # Given a history, and the same one a day later: all ages and shares have moved
    tags = {f"v1.{number}": 90 + 30 * (8 - number) for number in range(9)}
    first = found(history(by("ann", 40, start=200), tags=tags))
    later = found(history(by("ann", 40, start=201), tags={name: age + 1 for name, age in tags.items()}))
    # Then every finding is still the same one
    assert {finding.id for each in first.values() for finding in each} == {
        finding.id for each in later.values() for finding in each
    }


def test_a_stale_or_shallow_look_lowers_what_follows_from_it(history: Make) -> None:
    # Given one heavy author, seen whole, in part, and long ago
    made = history(by("ann", 60))
    whole, part, stale = (found(made, **seen)["bus_factor"][0] for seen in ({}, {"depth": 0.7}, {"fresh": 0.5}))  # type: ignore[arg-type]
    assert (whole.confidence, part.confidence, stale.confidence) == (0.9, 0.63, 0.45)


def test_nothing_is_said_of_a_history_that_was_not_seen(history: Make) -> None:
    assert found(history(tags={"v1.0": 3}, notes={"1.0": "- Removed `foo`"})) == {}


def test_no_score_is_no_health_finding(history: Make) -> None:
    assert "health" not in found(history(by("ann", 3), whole=False))


def test_a_score_below_healthy_dates_from_its_first_cause(history: Make) -> None:
    made = history(by("ann", 60, start=300))
    (health,) = found(made)["health"]
    assert health.since == made.work[-1].at
    assert health.next_action.startswith("Look first at")


def test_strangers_text_stays_bounded_and_out_of_titles_and_claims(history: Make) -> None:
    # Given hostile text in a subject, a name, a tag and a note
    hostile = "<script>" + "x" * 5000 + " mallory@example.org"
    made = history(
        [*by("ann", 30, start=400), *by(hostile, 30), (0.2, hostile, f"feat!: {hostile}")],
        tags={"v1.0": 9, f"{hostile}-v2.0": 3},
        notes={"1.0": f"- Removed {hostile}", hostile: f"- Removed {hostile}"},
    )
    # Then no finding holds it outside of bounded quotes
    for each in found(made).values():
        for finding in each:
            assert "script" not in finding.title + finding.claim + finding.next_action
            assert len(finding.detail) < 1500
    metrics = figures(diagnose(made))
    assert "mallory@" not in json.dumps([metrics["authors"], metrics["releases"]])


def test_the_figures_are_json_and_hold_what_pictures_need(history: Make) -> None:
    # Given a rich history, and none
    rich = figures(diagnose(history(CROWD, tags={"v1.0": 90, "v1.1rc1": 20}, notes={"1.0": "x"})))
    none = figures(diagnose(history()))
    # Then both are JSON with the same names, and what is not known is null
    assert json.loads(json.dumps(rich)) == rich
    assert set(rich) == set(none)
    assert (none["score"], none["bus_factor"], none["parts"]) == (None, None, [])
    assert rich["releases"] == [
        {"version": "1.0", "at": _iso(history().now, 90), "kind": "major"},
        {"version": "1.1rc1", "at": _iso(history().now, 20), "kind": "pre"},
    ]
    assert isinstance(rich["weekly_commits"], list)
    assert rich["weekly_commits"][-1] == {"week": "2026-11-16", "commits": 8}


def _iso(now: datetime, days: int) -> str:
    return (now - timedelta(days=days)).isoformat()
