"""All measures of one history in order, and the score that they come to."""

from dataclasses import dataclass

from agents.analysis.health.activity import Activity, measure_activity
from agents.analysis.health.contributors import Contributors, measure_contributors
from agents.analysis.health.history import History
from agents.analysis.health.parts import (
    activity_part,
    contributors_part,
    notes_part,
    releases_part,
    steadiness_part,
)
from agents.analysis.health.releases import Releases, measure_releases
from agents.analysis.health.score import LeftOut, Score, weigh
from agents.analysis.health.signals import WINDOW_DAYS, Signals, measure_signals


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A history with everything that was measured on it."""

    history: History
    activity: Activity
    releases: Releases
    contributors: Contributors
    signals: Signals
    score: Score
    window_days: int


def diagnose(history: History, *, window_days: int = WINDOW_DAYS) -> Diagnosis:
    """Return the measures and the score; ``window_days`` says how far back announcements count as recent."""
    activity = measure_activity(history)
    releases = measure_releases(history)
    contributors = measure_contributors(history)
    signals = measure_signals(history, releases, window_days=window_days)
    parts = (
        activity_part(activity, history),
        contributors_part(contributors, history),
        releases_part(releases),
        steadiness_part(activity),
        notes_part(signals, releases),
    )
    unknown = (LeftOut(part.name, "no commits were seen") for part in parts)
    score = weigh(parts if history.commits else unknown)
    return Diagnosis(history, activity, releases, contributors, signals, score, window_days)
