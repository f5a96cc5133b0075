"""The four tiers as wholes, from what the github agent reports."""

from itertools import pairwise

import pytest
from pydantic import JsonValue

from agents.analysis.health.alarms import ALARMS, TIERS, alarm_of
from agents.analysis.health.tiers import tier_health
from agents.contract import AgentReport, Severity
from orchestrator.domain import tiers


def report(name: str, *, tier: JsonValue, score: float | None, past: list[float | None] | None = None) -> AgentReport:
    """Return a github report: ``past`` are its scores at earlier points, oldest first; today's comes after them."""
    series: list[JsonValue] = [
        {"at": f"2026-{month:02}-20T12:00:00+00:00", "score": value}
        for month, value in enumerate([*(past or []), score], start=11 - len(past or []))
    ]
    metrics: dict[str, JsonValue] = {"tier": tier, "score": score, "health_over_time": series}
    return AgentReport(agent="github", target=f"github:lamp/{name}", metrics=metrics)


def test_the_tiers_are_the_orchestrators_and_each_has_its_thresholds() -> None:
    assert tiers.TIERS == TIERS
    assert set(ALARMS) == set(TIERS)
    assert alarm_of("unknown") == ALARMS["tools"]


def test_what_matters_more_alarms_earlier_in_every_way() -> None:
    # Given the thresholds from the least to the most important
    steps = [ALARMS[tier] for tier in ("tools", "infrastructure", "critical")]
    # Then each falls, but for the score below which there is an alarm, which rises
    for less, more in pairwise(steps):
        assert more.wave < less.wave
        assert more.unanswered_days < less.unanswered_days
        assert more.fall < less.fall
        assert more.below > less.below


def test_a_tier_has_its_mean_its_worst_and_its_bands() -> None:
    # Given three critical targets, one without a score, and a tool
    reports = [
        report("b", tier="critical", score=90),
        report("a", tier="critical", score=61.5),
        report("c", tier="critical", score=None),
        report("d", tier="tools", score=20),
    ]
    critical, tools = tier_health(reports)
    # Then the one without a score is counted and not averaged
    assert (critical.tier, critical.targets, critical.scored, critical.mean) == ("critical", 3, 2, 75.8)
    assert critical.worst is not None
    assert (critical.worst.target, critical.worst.band) == ("github:lamp/a", "watch")
    assert critical.bands == {"healthy": 1, "watch": 1, "at_risk": 0, "critical": 0}
    assert (tools.tier, tools.mean) == ("tools", 20)


def test_tiers_stand_in_order_and_strangers_behind_them() -> None:
    reports = [
        report(name, tier=name, score=80) for name in ("zeta", "tools", "critical", "tech_stack", "infrastructure")
    ]
    assert [health.tier for health in tier_health(reports)] == [*TIERS, "zeta"]


def test_other_agents_and_reports_without_a_tier_do_not_count() -> None:
    other = report("a", tier="tools", score=1).model_copy(update={"agent": "security"})
    assert tier_health([other, report("b", tier=None, score=1)]) == ()


@pytest.mark.parametrize(
    ("tier", "severities"),
    [("critical", [Severity.HIGH] * 2), ("tech_stack", [Severity.MEDIUM]), ("tools", [])],
)
def test_the_same_fall_alarms_by_how_much_a_tier_matters(tier: str, severities: list[Severity]) -> None:
    # Given a score of 65 that was 76 a quarter ago
    (health,) = tier_health([report("a", tier=tier, score=65, past=[76, 70, 66])])
    # Then a critical target alarms for both its height and its fall, and a tool for neither
    assert [alert.severity for alert in health.alerts] == severities
    assert health.trend == "falling"
    assert health.change == -11


def test_alerts_say_why_in_words() -> None:
    (health,) = tier_health([report("a", tier="critical", score=60, past=[70, 65, 66])])
    assert [(alert.reason, alert.text) for alert in health.alerts] == [
        ("below", "60 of 100, below the 70 at which this tier alarms"),
        ("falling", "lost 10 points within 90 days; this tier alarms from 5"),
    ]


@pytest.mark.parametrize(
    ("past", "trend"), [([70, 70, 70], "rising"), ([79, 70, 70], "steady"), ([70, 70], None), ([None, 7, 7], None)]
)
def test_a_tier_rises_falls_or_stays(past: list[float | None], trend: str | None) -> None:
    (health,) = tier_health([report("a", tier="tools", score=80, past=past)])
    assert health.trend == trend


def test_health_over_time_is_the_mean_of_those_that_are_known() -> None:
    # Given two targets, one of which is known for longer
    reports = [report("a", tier="tools", score=80, past=[50, None, 70]), report("b", tier="tools", score=60, past=[90])]
    (health,) = tier_health(reports)
    # Then each point says how many it is of, and a point of nobody is left out
    assert [(mean, count) for _, mean, count in health.over_time] == [(50, 1), (80, 2), (70, 2)]
    assert health.over_time[0][0] == "2026-08-20T12:00:00+00:00"


def test_a_tier_in_which_nothing_has_a_score_says_so() -> None:
    bare = AgentReport(agent="github", target="git:/x", metrics={"tier": "tools", "health_over_time": "none"})
    (health,) = tier_health([bare])
    assert (health.targets, health.scored, health.mean, health.worst, health.trend) == (1, 0, None, None, None)
    assert (health.alerts, health.over_time) == ((), ())
