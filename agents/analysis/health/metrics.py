"""The figures behind the findings, as JSON: what pictures, tables and later runs need.

``None`` stands for what could not be computed, never for zero. Days are floats, shares lie between 0 and 1, moments are
ISO 8601 in UTC. What can be drawn comes as rows, oldest first, bounded:

===========================  ===========================================================================================
``parts``                    ``name``, ``value``, ``weight``, ``contribution`` (points), ``detail``, ``evidence``
``health_over_time``         ``at``, ``score`` (or None), ``parts`` (name to value): 13 points of 30 days at most, the
                             last one now; earlier ones only where what was seen reaches a year further back
``weekly_commits``           ``week`` (its Monday), ``commits``; 52 weeks at most, the last one still runs
``weekly_contributors``      ``week``, ``contributors``
``weekly_releases``          ``week``, ``releases``, ``pre_releases``
``weekly_issues``            ``week``, ``opened``, ``closed``; bots' do not count
``weekly_pulls``             ``week``, ``opened``, ``merged``; bots' do not count
``releases``                 ``version``, ``at``, ``kind`` (major, minor, patch, pre); the last 50
``authors``                  ``name``, ``share``
``critical_issues_listed``   ``number``, ``title``, ``url``, ``points``, ``reasons``, ``age_days``; 10 at most
===========================  ===========================================================================================

Joining steps read ``tier``, ``score``, ``band``, ``health_over_time``, ``release_pattern``, ``releases``,
``releases_per_year`` and ``days_since_last_release`` (see ``tiers`` and ``patterns``). Figures of issues, pulls and
advisories are there only for a target that is watched on a forge, and only where they were collected;
``issue_median_days_to_first_answer`` is always None, as a list of issues does not tell it.
"""

from pydantic import JsonValue

from agents.analysis.health.activity import Activity
from agents.analysis.health.contributors import Contributors
from agents.analysis.health.diagnosis import Diagnosis
from agents.analysis.health.forge_metrics import forge_figures, rows
from agents.analysis.health.history import DAY
from agents.analysis.health.privacy import named
from agents.analysis.health.releases import kinds
from agents.analysis.health.score import Score
from agents.analysis.health.signals import Signals
from agents.analysis.health.trend import Trend
from agents.analysis.health.weekly import Rows, weekly_contributors, weekly_releases
from agents.analysis.health.wordlist import Signal

MAX_RELEASES = 50
MAX_AUTHORS = 10
MAX_BOTS = 10

Figures = dict[str, JsonValue]


def figures(diagnosis: Diagnosis, *, tier: str = "tools") -> Figures:
    """Return all figures of one repository; ``None`` stands for what could not be computed, never for zero."""
    community = diagnosis.community
    return {
        **_score(diagnosis.score),
        **_activity(diagnosis.activity),
        **_releases(diagnosis),
        **_contributors(diagnosis.contributors),
        **_signals(diagnosis.signals),
        "commits_seen": len(diagnosis.history.commits),
        "seen_since": diagnosis.history.begin.isoformat() if diagnosis.history.begin else None,
        "whole_history": diagnosis.history.whole,
        **(forge_figures(community, tier=tier) if community else {}),
        "health_over_time": [
            {
                "at": point.at.isoformat(),
                "score": point.score.value,
                "parts": {part.name: round(part.value, 4) for part in point.score.parts},
            }
            for point in diagnosis.past
        ],
        "weekly_contributors": rows(
            weekly_contributors(diagnosis.history, weeks=[week for week, _ in diagnosis.activity.weekly])
        ),
        "weekly_releases": rows(_weekly_releases(diagnosis)),
        "tier": tier,
    }


def _weekly_releases(diagnosis: Diagnosis) -> Rows:
    history, community = diagnosis.history, diagnosis.community
    begin = None
    if community is not None and not community.sights.releases.whole:
        begin = community.sights.releases.since
    return weekly_releases(diagnosis.releases, now=history.now, begin=begin)


def _score(score: Score) -> Figures:
    parts: list[JsonValue] = [
        {
            "name": part.name,
            "value": round(part.value, 4),
            "weight": part.weight,
            "contribution": round(score.contribution(part), 2),
            "detail": part.detail,
            "evidence": list(part.evidence),
        }
        for part in score.parts
    ]
    left_out: list[JsonValue] = [{"name": part.name, "reason": part.reason} for part in score.left_out]
    band = score.band.value if score.band else None
    return {"score": score.value, "band": band, "parts": parts, "left_out": left_out}


def _activity(activity: Activity) -> Figures:
    windows = {f"commits_last_{window.days}_days": window.commits for window in activity.windows}
    before = {f"commits_{window.days}_days_before": window.before for window in activity.windows}
    return {
        "days_since_last_commit": _round(activity.idle_days),
        **windows,
        **before,
        "activity_trend": activity.trend.direction if activity.trend else None,
        "activity_trend_details": _trend(activity.trend),
        "weekly_commits": [{"week": week.isoformat(), "commits": commits} for week, commits in activity.weekly],
    }


def _releases(diagnosis: Diagnosis) -> Figures:
    releases, now, community = diagnosis.releases, diagnosis.history.now, diagnosis.community
    seen = community.sights.releases if community else None
    within = {
        f"releases_last_{days}_days": releases.finals_within(days, now=now)
        if seen is None or seen.reaches(now - days * DAY)
        else None
        for days in (90, 365)
    }
    shown: list[JsonValue] = [
        {"version": str(release.version), "at": release.at.isoformat(), "kind": release.kind}
        for release in releases.all[-MAX_RELEASES:]
    ]
    return {
        "release_pattern": releases.pattern.value,
        "days_since_last_release": _round(releases.age),
        "median_release_interval_days": _round(releases.median_interval),
        "release_due_after_days": _round(releases.due),
        "release_overdue": releases.overdue,
        "releases_per_year": _round(releases.per_year),
        **within,
        "release_burstiness": _round(releases.burstiness),
        "release_trend_details": _trend(releases.trend),
        "unreleased_commits": releases.unreleased,
        "release_kinds": dict(kinds(releases.all)),
        "releases": shown,
    }


def _contributors(contributors: Contributors) -> Figures:
    authors: list[JsonValue] = [
        {"name": named(author.name), "share": round(author.share, 4)} for author in contributors.authors[:MAX_AUTHORS]
    ]
    return {
        "bus_factor": contributors.bus_factor if contributors.authors else None,
        "bus_factor_window": contributors.window,
        "active_authors": len(contributors.authors),
        "effective_authors": _round(contributors.effective),
        "concentration": _round(contributors.concentration),
        "newcomers": contributors.newcomers,
        "departures": len(contributors.departures),
        "retention": _round(contributors.retention),
        "bot_commits_last_365_days": contributors.bot_commits,
        "bots": [named(name) for name in contributors.bot_names[:MAX_BOTS]],
        "authors": authors,
    }


def _signals(signals: Signals) -> Figures:
    return {
        "change_notes": signals.notes,
        "breaking_versions": len(signals.of(Signal.BREAKING)),
        "deprecating_versions": len(signals.of(Signal.DEPRECATION)),
    }


def _trend(trend: Trend | None) -> JsonValue:
    if trend is None:
        return None
    return {
        "direction": trend.direction,
        "slope": round(trend.slope, 4),
        "p": round(trend.p, 4),
        "points": trend.points,
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
