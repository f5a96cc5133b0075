"""From what went wrong to what a person reads: one line that says what to do, and an exit code."""

from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy.exc import DBAPIError, OperationalError

from orchestrator.errors import LookoutError

TROUBLE = (LookoutError, DBAPIError, BrokerError, RedisError, OSError)
"""What the doors expect to go wrong outside our own code."""

_READ_ONLY = "25006"
_DISK_FULL = "53100"


def words(error: BaseException) -> str:
    """Return what to tell a person about an error of ``TROUBLE``."""
    if isinstance(error, DBAPIError):
        return _database_words(error)
    if isinstance(error, AuthenticationError) or "AUTH" in str(error).upper().split():
        return f"the broker refuses the password: correct CELERY_BROKER_URL ({error})"
    if isinstance(error, BrokerError | RedisError):
        return (
            f"the broker does not answer: {error}. Start it, or correct CELERY_BROKER_URL; `lookout doctor` checks it"
        )
    if isinstance(error, OSError) and not isinstance(error, LookoutError):
        return f"{error.filename or 'the system'}: {error.strerror or error}"
    return str(error)


def _database_words(error: DBAPIError) -> str:
    """Return what to tell a person about an error of the database."""
    state = getattr(error.orig, "sqlstate", None)
    first = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if state == _READ_ONLY:
        return "the database is read-only: point DATABASE_URL at the primary, or end its recovery"
    if state == _DISK_FULL:
        return f"the database's disk is full: make room, then try again ({first})"
    if isinstance(error, OperationalError):
        return f"the database does not answer: {first}. Start it, or correct DATABASE_URL; `lookout doctor` checks it"
    return f"the database refused: {first}. `lookout doctor` checks whether its schema and roles are right"
