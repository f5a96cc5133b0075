"""Calling the database again: while it is away, or where its answer was lost. For calls that may be repeated."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential
from tenacity.stop import stop_base
from tenacity.wait import wait_base

_T = TypeVar("_T")
_FOR_AN_OUTAGE = wait_random_exponential(multiplier=0.1, max=5)
_FOR_A_MOMENT = wait_random_exponential(multiplier=0.01, max=0.1)
LOST_IN_A_ROW = 6
"""So many answers are lost in a row before whoever waits hears of it, within half a second."""
_TOO_LARGE = "54"
"""Class of SQLSTATE for what exceeds the database's own limits."""


def patiently(call: Callable[[], _T], *, seconds: float = 60.0) -> _T:
    """Return what a call returns, calling again for a while: the database is away or busy, or chose us as a victim."""
    return _calling(call, again=passes, wait=_FOR_AN_OUTAGE, stop=stop_after_delay(seconds))


def once_more(call: Callable[[], _T]) -> _T:
    """Return what a call returns, calling again soon where its answer was lost: it may have been done or not.

    Some lost in a row may be the connections of one outage. A database that is away is told to whoever waits, at once.
    """
    return _calling(call, again=answer_lost, wait=_FOR_A_MOMENT, stop=stop_after_attempt(LOST_IN_A_ROW - 1))


def _calling(call: Callable[[], _T], *, again: Callable[[BaseException], bool], wait: wait_base, stop: stop_base) -> _T:
    """Return what a call returns; tenacity costs more than most calls, so only those that fail get to it."""
    try:
        return call()
    except SQLAlchemyError as error:
        if not again(error):
            raise
    return Retrying(retry=retry_if_exception(again), wait=wait, stop=stop, reraise=True)(call)


def passes(error: BaseException) -> bool:
    """Whether an error of the database goes away by itself: it is down, slow, full, or its connections are all used.

    What is too large for it stays too large.
    """
    if isinstance(error, DBAPIError) and (getattr(error.orig, "sqlstate", None) or "").startswith(_TOO_LARGE):
        return False
    return isinstance(error, OperationalError | PoolTimeoutError) or answer_lost(error)


def answer_lost(error: BaseException) -> bool:
    """Whether a connection was lost while it was in use, so that nobody knows how far the call came."""
    return isinstance(error, DBAPIError) and error.connection_invalidated
