"""The figures of what a forge tells, as JSON; the keys are listed in ``metrics``."""

from collections import Counter
from collections.abc import Sequence

from pydantic import JsonValue

from agents.analysis.health.alarms import alarm_of
from agents.analysis.health.community import Community
from agents.analysis.health.critical import MAX_CRITICAL
from agents.analysis.health.forge import Disclosed
from agents.analysis.health.history import DAY, YEAR_DAYS
from agents.analysis.health.issue_findings import critical_of
from agents.analysis.health.issues import Issues
from agents.analysis.health.privacy import quoted
from agents.analysis.health.pulls import Pulls
from agents.analysis.health.survival import Waits
from agents.analysis.health.weekly import Rows, weekly_issues, weekly_pulls

Figures = dict[str, JsonValue]


def forge_figures(community: Community, *, tier: str) -> Figures:
    """Return the forge's figures; a list that was not collected has none of its own, as none is not zero."""
    sights, forge, heard = community.sights, community.forge, community.heard
    figures: Figures = {}
    if sights.issues.collected:
        figures |= _issues(community.issues)
        figures |= _critical(community, tier=tier)
        figures |= _week(community)
        figures["weekly_issues"] = rows(weekly_issues(forge.issues, sight=sights.issues, now=heard))
    if sights.pulls.collected:
        figures |= _pulls(community.pulls)
        figures["weekly_pulls"] = rows(weekly_pulls(forge.pulls, sight=sights.pulls, now=heard))
    if sights.advisories.collected:
        figures |= _advisories(forge.advisories, community)
    return figures | _repository(community)


def rows(told: Rows) -> list[JsonValue]:
    """Return a weekly series as JSON."""
    return [dict(row) for row in told]


def _issues(issues: Issues) -> Figures:
    return {
        "issues_seen": issues.seen,
        "issues_open": issues.open if issues.whole else None,
        "issues_open_at_least": issues.open,
        **{f"issues_opened_last_{flow.days}_days": flow.opened for flow in issues.flows},
        **{f"issues_closed_last_{flow.days}_days": flow.closed for flow in issues.flows},
        "issue_backlog": issues.backlog,
        "issue_median_days_to_close": _median(issues.waits),
        "issue_median_days_to_first_answer": None,
        "issue_commented_share": _round(issues.commented),
        "issue_comments_each": _round(issues.comments_each),
        "issue_reactions_each": _round(issues.reactions_each),
        "people_opening_last_90_days": issues.people,
    }


def _critical(community: Community, *, tier: str) -> Figures:
    found = critical_of(community, alarm=alarm_of(tier))
    listed: list[JsonValue] = [
        {
            "number": one.issue.number,
            "title": quoted(one.issue.title),
            "url": one.issue.url,
            "points": one.points,
            "reasons": list(one.reasons),
            "age_days": round((community.heard - one.issue.opened) / DAY),
        }
        for one in found[:MAX_CRITICAL]
    ]
    return {"critical_issues": len(found), "critical_issues_listed": listed}


def _week(community: Community) -> Figures:
    week = community.week
    return {
        "issues_last_7_days": len(week.issues) if week else None,
        "issues_usual_per_week": week.usual if week else None,
        "issue_wave_height": _round(week.height) if week else None,
    }


def _pulls(pulls: Pulls) -> Figures:
    return {
        "pulls_seen": pulls.seen,
        "pulls_open": pulls.open if pulls.whole else None,
        "pulls_open_at_least": pulls.open,
        **{f"pulls_opened_last_{flow.days}_days": flow.opened for flow in pulls.flows},
        **{f"pulls_closed_last_{flow.days}_days": flow.closed for flow in pulls.flows},
        "pulls_merged_share": _round(pulls.merged_share),
        "pull_median_days_to_merge": _round(pulls.days_to_merge),
        "pull_median_days_to_close": _median(pulls.waits),
        "pulls_stale": len(pulls.stale),
    }


def _advisories(advisories: Sequence[Disclosed], community: Community) -> Figures:
    begin = community.now - YEAR_DAYS * DAY
    recent = [one for one in advisories if one.published is not None and one.published > begin]
    return {
        "own_advisories": len(advisories),
        "own_advisories_last_365_days": len(recent),
        "own_advisories_unfixed": sum(one.fixed is False for one in advisories),
        "own_advisories_by_severity": dict(Counter(one.severity.value for one in advisories)),
    }


def _repository(community: Community) -> Figures:
    told = community.forge.repository
    if told is None:
        return {}
    return {
        "archived": told.archived,
        "disabled": told.disabled,
        "fork": told.fork,
        "licence": told.licence or None,
        "stars": told.stars,
        "forks": told.forks,
    }


def _median(waits: Waits | None) -> float | None:
    return _round(waits.median) if waits else None


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
