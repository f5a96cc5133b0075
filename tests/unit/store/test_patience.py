"""Calling the database again: while it is away, or where its answer was lost, and never for anything else."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from orchestrator.store.patience import LOST_IN_A_ROW, answer_lost, once_more, passes, patiently

AWAY = OperationalError("SELECT", {}, psycopg.OperationalError("no server"))
LOST = OperationalError("COMMIT", {}, psycopg.OperationalError("gone"), connection_invalidated=True)
IDLE = InternalError("SELECT", {}, psycopg.InternalError("idle for too long"), connection_invalidated=True)
WRONG = IntegrityError("INSERT", {}, psycopg.IntegrityError("twice"))
TOO_LARGE = OperationalError("INSERT", {}, psycopg.errors.ProgramLimitExceeded("index row size"))
FULL_POOL = PoolTimeoutError("all connections are used")


def failing(*errors: Exception) -> Callable[[], str]:
    """Return a call that raises each of the errors in turn, and then returns."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


@pytest.mark.parametrize(
    ("error", "again", "lost"),
    [
        (AWAY, True, False),
        (LOST, True, True),
        (IDLE, True, True),
        (FULL_POOL, True, False),
        (WRONG, False, False),
        (TOO_LARGE, False, False),
    ],
)
def test_what_passes_is_told_from_what_does_not(error: Exception, *, again: bool, lost: bool) -> None:
    # Given an error, when it is judged, then only trouble with the connection passes
    assert passes(error) is again
    assert answer_lost(error) is lost


def test_a_database_that_comes_back_is_waited_for() -> None:
    # Given a call whose database is away twice, when it is made patiently, then it is done
    assert patiently(failing(AWAY, FULL_POOL, LOST)) == "done"


def test_patience_has_an_end_and_the_last_error_comes_out() -> None:
    with pytest.raises(OperationalError, match="no server"):
        patiently(failing(AWAY, AWAY), seconds=0)


@pytest.mark.parametrize("call_again", [patiently, once_more])
def test_a_mistake_is_not_repeated(call_again: Callable[[Callable[[], str]], str]) -> None:
    # Given a call that is wrong, when it is made, then once
    with pytest.raises(DBAPIError, match="twice"):
        call_again(failing(WRONG))


def test_an_answer_that_was_lost_is_asked_for_again_some_times_at_most() -> None:
    # Given answers that are lost on the way
    assert once_more(failing(LOST, IDLE)) == "done"
    with pytest.raises(OperationalError, match="gone"):
        once_more(failing(*[LOST] * LOST_IN_A_ROW))


def test_a_door_does_not_wait_for_a_database_that_is_away() -> None:
    with pytest.raises(OperationalError, match="no server"):
        once_more(failing(AWAY))
