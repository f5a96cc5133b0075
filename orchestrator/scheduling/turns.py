"""What is done about a schedule that is due, and late: decided here as a value, by its policy for missed occurrences.

========  ==========================================================  ===========================================
policy    what is written down                                        when it falls due again
========  ==========================================================  ===========================================
once      the occurrence; it stands for all that were missed after    when what it found has aged
all       the occurrence; of too many that were missed the oldest     the next one, which may be due already
          are given up
none      the occurrence, as skipped where it comes too late          the next one of the same beat that is to come
========  ==========================================================  ===========================================
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from orchestrator.domain.watchlist import CatchUp
from orchestrator.planning.durations import duration_text
from orchestrator.scheduling.due import MOST_COUNTED, Rhythm, following, missed, next_after

LATE_SECONDS = 60.0
MOST_CAUGHT_UP = 100


@dataclass(frozen=True)
class Patience:
    """What counts as missed, and how much of it is made up for."""

    late_seconds: float = LATE_SECONDS
    """An occurrence that comes later than this was missed."""
    most: int = MOST_CAUGHT_UP
    """How many missed occurrences of one schedule are fired one by one, the newest of them."""


@dataclass(frozen=True)
class Turn:
    """What is done about a schedule that is due."""

    due: datetime
    """The occurrence that is written down: the run's own time."""
    next_due: datetime
    fires: bool = True
    """Whether a run serves it; if not, it is skipped with a note."""
    stands_for: int = 0
    """How many further occurrences fell due unseen, which this one stands for."""
    given_up: int = 0
    """How many older ones were given up."""
    late_seconds: float = 0.0
    """How late it is, where that is more than is usual."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is out of the ordinary about it, in words."""
        words = (
            self._skipped if not self.fires else "",
            f"stands for {_count(self.stands_for)} more that were missed" if self.stands_for else "",
            f"{_count(self.given_up)} older ones were given up" if self.given_up and self.fires else "",
            f"{_span(self.late_seconds)} late" if self.fires and self.late_seconds and not self.stands_for else "",
        )
        return tuple(word for word in words if word)

    @property
    def _skipped(self) -> str:
        """Say that it was skipped."""
        more = f", with {_count(self.given_up)} after it" if self.given_up else ""
        return f"skipped{more}: {_span(self.late_seconds)} late"


def turn(rhythm: Rhythm, *, catch_up: CatchUp, due: datetime, now: datetime, patience: Patience) -> Turn:
    """Return what is done about the occurrence of ``due`` at ``now``; the same for the same, whoever asks."""
    late = (now - due).total_seconds()
    moment = _Moment(due, now, late if late > patience.late_seconds else 0.0, patience.most)
    return _OF_POLICY[catch_up](rhythm, moment)


def turn_by_hand(rhythm: Rhythm, *, catch_up: CatchUp, planned: datetime, now: datetime) -> Turn:
    """Return what is done where somebody asks for a look now.

    What is looked at by age is fresh then, so its next time counts from now. Times of the clock, and occurrences that
    are still to be caught up with, stay as they are.
    """
    stays = rhythm.cron is not None or catch_up is CatchUp.ALL
    return Turn(due=now, next_due=planned if stays else next_after(rhythm, now))


@dataclass(frozen=True)
class _Moment:
    """An occurrence, and when it is looked at; ``late`` in seconds is 0 where it comes in time."""

    due: datetime
    now: datetime
    late: float
    most: int


def _once(rhythm: Rhythm, moment: _Moment) -> Turn:
    after = following(rhythm, due=moment.due, now=moment.now)
    return Turn(due=moment.due, next_due=after.due, stands_for=after.missed, late_seconds=moment.late)


def _none(rhythm: Rhythm, moment: _Moment) -> Turn:
    passed = missed(rhythm, due=moment.due, now=moment.now)
    next_due = _to_come(rhythm, due=moment.due, now=moment.now)
    if moment.late:
        return Turn(due=moment.due, next_due=next_due, fires=False, given_up=passed, late_seconds=moment.late)
    return Turn(due=moment.due, next_due=next_due, stands_for=passed)


def _all(rhythm: Rhythm, moment: _Moment) -> Turn:
    due, given_up = _newest(rhythm, moment)
    return Turn(due=due, next_due=next_after(rhythm, due), given_up=given_up, late_seconds=moment.late)


_OF_POLICY: Mapping[CatchUp, Callable[[Rhythm, _Moment], Turn]] = MappingProxyType(
    {CatchUp.ONCE: _once, CatchUp.NONE: _none, CatchUp.ALL: _all}
)


def _newest(rhythm: Rhythm, moment: _Moment) -> tuple[datetime, int]:
    """Return the oldest occurrence that is still made up for, and how many older ones are given up."""
    behind = missed(rhythm, due=moment.due, now=moment.now, beyond=moment.most)
    surplus = behind + 1 - moment.most
    if surplus <= 0:
        return moment.due, 0
    if rhythm.cron:
        return rhythm.cron.last(moment.due, moment.now, most=moment.most)[0], surplus
    return moment.due + timedelta(seconds=rhythm.every_seconds * surplus), surplus


def _to_come(rhythm: Rhythm, *, due: datetime, now: datetime) -> datetime:
    """Return the first occurrence of a beat that is later than now."""
    if rhythm.cron:
        return rhythm.cron.after(now)
    whole = int((now - due).total_seconds() / rhythm.every_seconds)
    latest = due + timedelta(seconds=rhythm.every_seconds * whole)
    candidates = (next_after(rhythm, latest + timedelta(seconds=rhythm.every_seconds * more)) for more in (0, 1, 2))
    return next(moment for moment in candidates if moment > now)


def _count(number: int) -> str:
    """Return a number of occurrences, which are not counted for ever."""
    return f"{number}" if number < MOST_COUNTED else f"at least {MOST_COUNTED:,}"


def _span(seconds: float) -> str:
    """Return a lateness in words."""
    return duration_text(seconds)
