"""All measures of one history in order, and the score that they come to."""

from dataclasses import dataclass, replace

from agents.analysis.health.activity import Activity, measure_activity
from agents.analysis.health.community import Community, measure_community
from agents.analysis.health.contributors import Contributors, measure_contributors
from agents.analysis.health.forge import Forge
from agents.analysis.health.history import History
from agents.analysis.health.over_time import Point, earlier
from agents.analysis.health.parts import (
    activity_part,
    contributors_part,
    notes_part,
    releases_part,
    steadiness_part,
)
from agents.analysis.health.releases import Releases, measure_releases
from agents.analysis.health.score import LeftOut, Part, Score, weigh
from agents.analysis.health.sights import Sights
from agents.analysis.health.signals import WINDOW_DAYS, Signals, measure_signals


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A history with everything that was measured on it, and on what a forge tells beside it."""

    history: History
    activity: Activity
    releases: Releases
    contributors: Contributors
    signals: Signals
    score: Score
    window_days: int
    community: Community | None = None
    """None for a target that is not watched on a forge."""
    past: tuple[Point, ...] = ()
    """The score at earlier moments and, last, now's; empty until ``with_past``."""

    @property
    def judged(self) -> bool:
        """Whether there was anything to judge."""
        return self.history.looked or (self.community is not None and self.community.sights.any_collected)


def diagnose(
    history: History, *, window_days: int = WINDOW_DAYS, forge: Forge | None = None, sights: Sights | None = None
) -> Diagnosis:
    """Return the measures and the score; ``window_days`` says how far back announcements count as recent.

    Without ``sights`` the forge is left aside.
    """
    told = forge if forge is not None else Forge()
    activity = measure_activity(history)
    releases = measure_releases(history)
    contributors = measure_contributors(history)
    signals = measure_signals(history, releases, window_days=window_days)
    community = measure_community(told, sights, history=history) if sights is not None else None
    closed = told.repository is not None and told.repository.closed
    parts = (
        Part("activity", 0.0, "archived: nobody can commit") if closed else activity_part(activity, history),
        contributors_part(contributors, history),
        releases_part(releases),
        steadiness_part(activity),
        notes_part(signals, releases),
    )
    unknown = (LeftOut(part.name, "no commits were seen") for part in parts)
    score = weigh([*(parts if history.looked else unknown), *(community.parts() if community else ())])
    return Diagnosis(history, activity, releases, contributors, signals, score, window_days, community)


def with_past(now: Diagnosis) -> Diagnosis:
    """Return the diagnosis with the scores of earlier moments, each judged as it would have been then."""
    forge = now.community.forge if now.community else Forge()
    sights = now.community.sights if now.community else None
    points = [Point(now.history.now, now.score)]
    for cut in earlier(now.history):
        then = diagnose(cut, window_days=now.window_days, forge=forge.at(cut.now), sights=sights)
        points.append(Point(cut.now, then.score))
    return replace(now, past=tuple(reversed(points)))
