"""From when on a change is an alarm, by how much the target matters: what is critical alarms earlier."""

from dataclasses import dataclass

TIERS = ("critical", "tech_stack", "infrastructure", "tools")
"""The four tiers, most first."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The thresholds of one tier."""

    wave: float
    """How far above the usual a week's new issues are, in robust standard deviations."""
    unanswered_days: int
    """After how many days without a comment an issue counts as unanswered."""
    fall: float
    """Points that a score loses within 90 days."""
    below: float
    """The score below which a target is a tier's alert."""


_MIDDLE = Alarm(wave=4.0, unanswered_days=14, fall=10.0, below=50.0)
ALARMS = {
    "critical": Alarm(wave=3.5, unanswered_days=7, fall=5.0, below=70.0),
    "tech_stack": _MIDDLE,
    "infrastructure": _MIDDLE,
    "tools": Alarm(wave=5.0, unanswered_days=30, fall=15.0, below=30.0),
}


def alarm_of(tier: str) -> Alarm:
    """Return the thresholds of a tier; of one that is not known, those of ``tools``."""
    return ALARMS.get(tier, ALARMS["tools"])
