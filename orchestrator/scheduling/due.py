"""When a schedule falls due: pure decisions, the same whoever makes them, and however often.

A schedule says how old data may get. So jitter only ever brings an occurrence forward: it spreads the load, and no
target is looked at later than its watchlist allows. Times of the clock have no jitter: they are meant as they stand.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from orchestrator.planning.crons import Cron

FIRST_SPREAD_SECONDS = 5.0
"""Within how many seconds a new schedule falls due."""
MOST_COUNTED = 1_000
"""Up to how many missed times of the clock are counted one by one; beyond them it is "that many at least"."""

_HASH_BYTES = 6
_HASH_VALUES = float(256**_HASH_BYTES)


@dataclass(frozen=True)
class Rhythm:
    """How often a schedule falls due: every so many seconds, early by at most the share ``jitter`` of them.

    Where there is a ``cron``, it decides alone, and ``every_seconds`` is only about how often that is.
    """

    name: str
    every_seconds: float
    jitter: float = 0.0
    cron: Cron | None = None


@dataclass(frozen=True)
class Following:
    """What comes after an occurrence that is fired now."""

    due: datetime
    """When the schedule falls due again; always later than now."""
    missed: int
    """How many further occurrences had fallen due unseen: the one that is fired stands for them all."""


def first_due(rhythm: Rhythm, *, now: datetime) -> datetime:
    """Return when a new schedule falls due: at once, but not all of them in the same moment; by the clock, in time."""
    if rhythm.cron:
        return rhythm.cron.after(now)
    return now + timedelta(seconds=FIRST_SPREAD_SECONDS * chance(rhythm.name, at=now))


def next_after(rhythm: Rhythm, moment: datetime) -> datetime:
    """Return the occurrence after one at a moment: when what is fresh then has aged, or a little before."""
    if rhythm.cron:
        return rhythm.cron.after(moment)
    early = rhythm.jitter * chance(rhythm.name, at=moment)
    return moment + timedelta(seconds=rhythm.every_seconds * (1.0 - early))


def following(rhythm: Rhythm, *, due: datetime, now: datetime) -> Following:
    """Return what follows the occurrence of ``due`` when it is fired at ``now``.

    Missed occurrences are not made up for in a burst. One look does for all of them, and since what it finds is
    fresh, the next one is due when that has aged.
    """
    usual = next_after(rhythm, due)
    if usual > now:
        return Following(due=usual, missed=0)
    return Following(due=next_after(rhythm, now), missed=max(1, missed(rhythm, due=due, now=now)))


def missed(rhythm: Rhythm, *, due: datetime, now: datetime, beyond: int = 0) -> int:
    """Return how many occurrences fell due after ``due`` and up to now, jitter aside.

    Times of the clock are counted up to ``MOST_COUNTED`` beyond a number.
    """
    if rhythm.cron:
        return len(rhythm.cron.between(due, now, most=beyond + MOST_COUNTED))
    return int((now - due).total_seconds() / rhythm.every_seconds)


def chance(name: str, *, at: datetime) -> float:
    """Return a number from 0 up to 1 that looks like chance and is always the same for a name and a moment."""
    words = f"{name}\x1f{at.astimezone(UTC).isoformat()}".encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(words).digest()[:_HASH_BYTES]) / _HASH_VALUES
