"""Times of the clock as cron writes them: ``0 6 * * 1-5``, ``@daily``; in a zone, with its summer time.

The five fields mean what they mean to Debian's cron, by the library ``cronsim``, which also has its way with summer
time. A fixed time that a change of the clock leaves out comes right after the gap, one that it brings twice comes
once, and what comes every so many minutes or hours keeps its distance.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from itertools import islice
from types import MappingProxyType
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

REMEDY = (
    "write five fields, minute (0-59), hour (0-23), day of the month (1-31), month (1-12 or JAN-DEC) and day of the "
    "week (0-7 or SUN-SAT), as in '0 6 * * 1-5', or @hourly, @daily, @weekly, @monthly, @yearly"
)
SHORTHANDS: Mapping[str, str] = MappingProxyType(
    {
        "@hourly": "0 * * * *",
        "@daily": "0 0 * * *",
        "@midnight": "0 0 * * *",
        "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *",
        "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
    }
)
_NO_ZONES = "a machine without a list of zones gets one with the package tzdata of its system or of Python"
_FIELDS = 5
_LONGEST = 200
_SPACING_FROM = datetime(2024, 1, 1, tzinfo=UTC)
_FIRST_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Cron:
    """An expression in a zone, both already checked by ``parse_cron`` and ``parse_zone``."""

    expression: str
    zone: str = "UTC"

    def __str__(self) -> str:
        return self.expression if self.zone == "UTC" else f"{self.expression} {self.zone}"

    def checked(self) -> "Cron":
        """Return it as it is. ValueError, with the remedy, where what was stored elsewhere cannot be read here."""
        try:
            CronSim(self.expression, _SPACING_FROM)
        except CronSimError as error:
            raise ValueError(f"{self.expression!r} is no cron expression; {REMEDY}") from error
        try:
            parse_zone(self.zone)
        except ValueError as error:
            raise ValueError(f"{self.zone!r} {error}; {_NO_ZONES}") from error
        return self

    def after(self, moment: datetime) -> datetime:
        """Return the first occurrence later than a moment, in UTC."""
        return next(self._since(moment))

    def between(self, start: datetime, end: datetime, *, most: int) -> tuple[datetime, ...]:
        """Return the occurrences later than ``start`` and up to ``end``, the first first, at most so many of them."""
        return tuple(islice(self._until(start, end), most))

    def last(self, start: datetime, end: datetime, *, most: int) -> tuple[datetime, ...]:
        """Return the last so many of the occurrences later than ``start`` and up to ``end``, the first first.

        Looks back twice as far each time, so that a long silence costs no more than what is asked for.
        """
        window = _FIRST_WINDOW
        while end - window > start:
            found = tuple(self._until(end - window, end))
            if len(found) >= most:
                return found[-most:]
            window *= 2
        return tuple(self._until(start, end))[-most:]

    @property
    def spacing_seconds(self) -> float:
        """About how often it occurs: the distance of its first two occurrences from 2024 on."""
        first, second = islice(self._since(_SPACING_FROM), 2)
        return (second - first).total_seconds()

    def _until(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the occurrences later than ``start`` and up to ``end``."""
        for moment in self._since(start):
            if moment > end:
                return
            yield moment

    def _since(self, moment: datetime) -> Iterator[datetime]:
        """Yield the occurrences later than a moment, in UTC, for as long as somebody asks."""
        for found in CronSim(self.expression, moment.astimezone(_zone(self.zone))):
            # Within an hour that the clock shows twice, the library may begin with the first of the two.
            if found.astimezone(UTC) > moment:
                yield found.astimezone(UTC)


def parse_cron(text: str) -> str:
    """Return the expression with single spaces. ValueError, with the remedy, for one that is none or never occurs."""
    words = text.split()
    expression = SHORTHANDS.get(text.strip().lower(), " ".join(words).upper())
    if len(expression.split()) != _FIELDS or len(expression) > _LONGEST:
        raise ValueError(f"is no cron expression; {REMEDY}")
    try:
        Cron(expression).spacing_seconds  # noqa: B018  one that never occurs is found only by looking for it
    except CronSimError as error:
        raise ValueError(f"is no cron expression ({str(error)[:1].lower()}{str(error)[1:]}); {REMEDY}") from error
    except ValueError as error:
        raise ValueError("never occurs; give a day that one of its months has") from error
    return expression


def parse_zone(text: str) -> str:
    """Return the name of a time zone that is known here. ValueError, with the remedy, for any other."""
    try:
        _zone(text)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError("is no time zone known here; write a name such as 'Europe/Berlin' or 'UTC'") from error
    return text


@cache
def _zone(name: str) -> tzinfo:
    """Return a zone; the library has a quicker way for the UTC of the standard library."""
    return UTC if name == "UTC" else ZoneInfo(name)
