"""A feed's date, as feedparser understood it and as it is written: where the two do not agree, there is none.

feedparser finds a date in almost anything: ``2024-13-01`` is a day of 2025 to it, and ``-001-01-01`` one of this year.
"""

import calendar
import re
import time
from datetime import date, datetime, timedelta

from agents.sources.git.moments import moment

_LONGEST = 100
_DAY = timedelta(days=1)
"""As far as a zone may take a date from the one that is written."""
_YEARS = (-1, 0, 1)
_BY_NUMBERS = re.compile(r"\s*(\d{4,})-(\d\d)-(\d\d)", re.ASCII)
_NUMBER = re.compile(r"\d+", re.ASCII)


def meant(parsed: object, *, written: str) -> datetime | None:
    """Return the moment that a date means, in UTC; None where it means none."""
    if not isinstance(parsed, time.struct_time):
        return None
    try:
        found = moment(str(calendar.timegm(parsed)))
    except ValueError:
        return None
    return found if found is not None and _agrees(found, written[:_LONGEST]) else None


def _agrees(found: datetime, written: str) -> bool:
    """Whether the day is written there, or at least the year, as two digits or four."""
    numbers = _BY_NUMBERS.match(written)
    if numbers is None:
        years = {f"{found.year + shift}" for shift in _YEARS}
        return any(number in years or number == f"{found.year % 100:02}" for number in _NUMBER.findall(written))
    try:
        day = date(*map(int, numbers.groups()))
    except (ValueError, OverflowError):
        return False
    return abs(found.date() - day) <= _DAY
