"""From what went wrong to what a person reads: lines that say what to do, and an exit code."""

from collections.abc import Iterator
from pathlib import Path

import click
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy.exc import DBAPIError, OperationalError

from orchestrator.cli.exits import Exit
from orchestrator.cli.terminal import say
from orchestrator.errors import DatabaseError, LookoutError
from orchestrator.local.trouble import remedy

TROUBLE = (LookoutError, DBAPIError, BrokerError, RedisError, OSError)
"""What the doors expect to go wrong outside our own code."""

_BY_STATE = {
    "25006": "the database is read-only: point DATABASE_URL at the primary, or end its recovery",
    "42501": "the database's role may not do this: give it its grants, as `lookout doctor` says",
    "42P01": "the database lacks a table that this code needs: run `lookout migrate`",
    "42703": "the database lacks a column that this code needs: run `lookout migrate`",
    "53100": "the database's disk is full: make room, then try again",
    "53300": "the database has no connection left: raise its max_connections, or end what holds them",
}
_BY_WORDS = {
    "password authentication failed": "the database refuses the password: correct DATABASE_URL",
    "no password supplied": "the database wants a password: put it into DATABASE_URL",
    "does not exist": "the database or its role is not there: correct DATABASE_URL, or create it",
    "No space left on device": "the database's disk is full: make room, then try again",
    "remaining connection slots": _BY_STATE["53300"],
    "too many clients": _BY_STATE["53300"],
}
_DOWN = "the database does not answer: start it, or correct DATABASE_URL; `lookout doctor` checks it"
_REFUSED = "the database refused: `lookout doctor` checks whether its schema and roles are right"
_WANTS_PASSWORD = ("NOAUTH", "WRONGPASS", "AUTH", "ACCESS_REFUSED")


class Trouble(click.ClickException):
    """What went wrong outside our own code, told in words instead of a traceback."""

    exit_code = Exit.USAGE

    def __init__(self, error: BaseException) -> None:
        super().__init__(words(error))

    def show(self, file: object = None) -> None:  # noqa: ARG002  click's own signature
        """Say it, a line for each thing."""
        for line in self.message.splitlines():
            say(f"lookout: {line}")


def words(error: BaseException) -> str:
    """Return what to tell a person about an error of ``TROUBLE``."""
    if isinstance(error, DBAPIError):
        return database_words(error)
    if isinstance(error, DatabaseError) and isinstance(error.__cause__, DBAPIError):
        return database_words(error.__cause__)
    if isinstance(error, BrokerError | RedisError):
        return broker_words(error)
    if isinstance(error, OSError):
        return _system_words(error)
    return str(error)


def database_words(error: DBAPIError) -> str:
    """Return what to tell a person about an error of the database: what to do, and the server's own words."""
    said = str(error.orig).strip()
    first = said.splitlines()[0] if said else type(error.orig).__name__
    state = getattr(error.orig, "sqlstate", None)
    if state in _BY_STATE:
        return f"{_BY_STATE[state]} ({first})"
    known = next((told for part, told in _BY_WORDS.items() if part in said), None)
    return f"{known or (_DOWN if isinstance(error, OperationalError) else _REFUSED)} ({first})"


def broker_words(error: BaseException) -> str:
    """Return what to tell a person about an error of the broker."""
    chain = tuple(_causes(error))
    if any(isinstance(each, AuthenticationError) or _wants_password(str(each)) for each in chain):
        return f"the broker refuses the password: correct CELERY_BROKER_URL ({error})"
    if any("No space left" in str(each) or "MISCONF" in str(each) for each in chain):
        return f"the broker cannot write to its disk: make room, then try again ({error})"
    return f"the broker does not answer: start it, or correct CELERY_BROKER_URL; `lookout doctor` checks it ({error})"


def _wants_password(text: str) -> bool:
    """Whether a broker's words are about the password."""
    return any(word in text.upper().replace(":", " ").split() for word in _WANTS_PASSWORD)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, what caused it, what caused that, and so on."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _system_words(error: OSError) -> str:
    """Return what to tell a person about an error of the system; for a file, what can be done about it."""
    if error.filename is None:
        return f"the system refused: {error.strerror or error}"
    path = Path(str(error.filename))
    return f"{path}: {error.strerror or error}; {remedy(error.errno, path=path)}"
