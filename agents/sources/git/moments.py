"""Times as git tells them: seconds since 1970, which may be missing, absurd, or in the future."""

from datetime import UTC, datetime, timedelta

_FUTURE_LEEWAY = timedelta(days=1)
_FIRST_SECOND = 86_400
_LAST_SECOND = 253_402_214_400
"""Start of the year 9999's last day, in seconds: what lies beyond has no date in Python."""


def moment(seconds: str) -> datetime | None:
    """Return the time in UTC; None for a missing one and for what stands for missing: the first day of 1970."""
    try:
        value = int(seconds)
    except ValueError:
        return None
    return datetime.fromtimestamp(value, UTC) if _FIRST_SECOND <= value < _LAST_SECOND else None


def believable(when: datetime | None, *, now: datetime) -> bool:
    """Say whether something can have happened then: not later than a day from now, as clocks may differ."""
    return when is not None and when <= now + _FUTURE_LEEWAY


def iso(when: datetime | None) -> str:
    """Return the time as ISO text; empty for none."""
    return "" if when is None else when.isoformat()
