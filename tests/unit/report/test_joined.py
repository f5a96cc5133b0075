"""Tiers as wholes and release patterns across targets stand in every form, where there is anything to join."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from agents.contract import AgentReport, Target, TargetKind, Work
from agents.report.assemble import assemble
from agents.report.bundle import as_json
from agents.report.gallery import overview_pictures
from agents.report.html import as_html
from agents.report.markdown import as_markdown

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TARGETS = tuple(Target(kind=TargetKind.GIT, location=f"/clones/{name}") for name in ("celery", "flask", "redis"))
TIERS = ("critical", "critical", "tools")
SCORES = (40.0, 90.0, 70.0)
MakeWork = Callable[..., Work]


def health(at: int, **told: JsonValue) -> AgentReport:
    """Return what the github agent tells of one target: it lost ten points, and releases every month."""
    moments = [NOW - timedelta(days=30 * back) for back in range(6, -1, -1)]
    metrics: dict[str, JsonValue] = {
        "tier": TIERS[at],
        "score": SCORES[at],
        "health_over_time": [
            {"at": moment.isoformat(), "score": SCORES[at] + (10 if number < 4 else 0)}
            for number, moment in enumerate(moments)
        ],
        "release_pattern": "regular",
        "releases_per_year": 12.0 - at,
        "release_overdue": at == 2,
        "days_since_last_release": 3,
        "releases": [
            {"version": f"1.{number}", "at": moment.isoformat(), "kind": "minor"}
            for number, moment in enumerate(moments)
        ],
        **told,
    }
    return AgentReport(agent="github", target=TARGETS[at].id, metrics=metrics)


def joined(make_work: MakeWork, *ats: int, **told: JsonValue) -> Work:
    targets = tuple(TARGETS[at] for at in ats)
    return make_work(*(health(at, **told) for at in ats), targets=targets)


def test_each_tier_stands_as_a_whole_in_every_form(make_work: MakeWork) -> None:
    # Given
    bundle = assemble(joined(make_work, 0, 1, 2))
    # When
    page, text, told = as_html(bundle), as_markdown(bundle), json.loads(as_json(bundle))["tiers"]
    # Then
    assert [(tier["tier"], tier["scored"], tier["mean"], tier["trend"]) for tier in told] == [
        ("critical", 2, 65.0, "falling"),
        ("tools", 1, 70.0, "falling"),
    ]
    assert told[0]["worst"] == TARGETS[0].id
    assert TARGETS[0].id in {alarm["target"] for alarm in told[0]["alarms"]}
    assert '<h3 id="tiers">The tiers</h3>' in page
    assert "↘ falling" in page
    assert "| critical | 2 of 2 | 65 of 100 | ↘ falling | celery | **high** celery: 40 of 100" in text


def test_tiers_are_drawn_side_by_side_where_there_are_several(make_work: MakeWork) -> None:
    several, one = (assemble(joined(make_work, *ats)) for ats in ((0, 2), (0, 1)))
    assert "Health over time, tier by tier" in {picture.title for picture in overview_pictures(several)}
    assert "Health over time, tier by tier" not in {picture.title for picture in overview_pictures(one)}


def test_release_patterns_across_targets_stand_in_every_form(make_work: MakeWork) -> None:
    # Given
    bundle = assemble(joined(make_work, 0, 1, 2))
    # When
    page, text, told = as_html(bundle), as_markdown(bundle), json.loads(as_json(bundle))["patterns"]
    # Then
    assert told["by_pattern"] == {"regular": [target.id for target in TARGETS]}
    assert [pace["target"] for pace in told["fastest"]] == [target.id for target in TARGETS]
    assert {(pair["first"], pair["second"]) for pair in told["together"]} >= {(TARGETS[0].id, TARGETS[1].id)}
    assert "Release patterns across targets" in page
    assert "Release together" in page
    assert "- Regular (3): celery, flask, redis" in text
    assert "- Overdue or dormant: redis for 3 days" in text
    assert f"- Busiest week: {told['busiest']}" in text
    assert told["busiest"].endswith("3 releases on 3 targets")
    assert "- Release together: celery and flask, 7 days," in text


def test_one_target_has_nothing_to_be_joined_with(make_work: MakeWork) -> None:
    bundle = assemble(joined(make_work, 0))
    assert bundle.patterns is None
    assert "Release patterns across targets" not in as_html(bundle) + as_markdown(bundle)


def test_without_a_score_no_tier_is_told(make_work: MakeWork) -> None:
    bundle = assemble(joined(make_work, 0, 1, score=None, health_over_time=[]))
    assert bundle.tiers == ()
    assert "The tiers" not in as_html(bundle)
    assert "## Tiers" not in as_markdown(bundle)


def test_a_tier_whose_past_is_not_known_says_so(make_work: MakeWork) -> None:
    bundle = assemble(joined(make_work, 1, 2, health_over_time=[]))
    assert {tier.trend for tier in bundle.tiers} == {""}
    assert "| tools | 1 of 1 | 70 of 100 | not known | redis | none |" in as_markdown(bundle)


def test_figures_that_are_no_numbers_are_left_out(make_work: MakeWork) -> None:
    nan = float("nan")
    bundle = assemble(joined(make_work, 0, 1, score=nan, releases_per_year=nan, days_since_last_release=nan))
    assert all(tier.mean is None for tier in bundle.tiers)
    assert bundle.patterns is not None
    assert bundle.patterns.fastest == ()
    assert "NaN" not in as_json(bundle)


def test_patterns_without_releases_and_many_targets_are_still_told(make_work: MakeWork) -> None:
    # Given
    many = tuple(Target(kind=TargetKind.GIT, location=f"/clones/{at}") for at in range(9))
    reports = [AgentReport(agent="github", target=target.id, metrics={"release_pattern": "none"}) for target in many]
    # When
    bundle = assemble(make_work(*reports, targets=many))
    # Then
    assert bundle.patterns is not None
    assert (bundle.patterns.busiest, bundle.patterns.quiet) == ("", ())
    assert "- No pattern (9): 0, 1, 2, 3, 4, 5 and 3 more" in as_markdown(bundle)
    assert "no pattern (9)" in as_html(bundle)


def test_issues_that_press_are_listed_with_a_link_where_it_is_safe(make_work: MakeWork) -> None:
    # Given
    issues: list[JsonValue] = [
        {
            "number": 7,
            "title": "Workers <die>",
            "url": "https://github.com/celery/celery/issues/7",
            "reasons": ["a security label", 3],
            "age_days": 12,
        },
        {"title": "No page", "url": "javascript:alert(1)", "reasons": "none"},
        {"number": 9},
    ]
    # When
    page = as_html(assemble(joined(make_work, 0, critical_issues_listed=issues)))
    # Then
    assert 'href="https://github.com/celery/celery/issues/7"' in page
    assert "#7 Workers &lt;die&gt;" in page
    assert "a security label, open for 12 days" in page
    assert "No page</li>" in page
    assert "javascript:" not in page
