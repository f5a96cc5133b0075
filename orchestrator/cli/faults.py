"""From what went wrong to what a person reads: lines that say what to do, and an exit code."""

from pathlib import Path

import click
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from orchestrator.cli.exits import Exit
from orchestrator.cli.terminal import say
from orchestrator.errors import AdmissionError, DatabaseError, HeldResultError, LookoutError
from orchestrator.local.trouble import FULL, full_disk
from orchestrator.troubles import broker_trouble, database_trouble

TROUBLE = (LookoutError, DBAPIError, BrokerError, RedisError, OSError)
"""What the doors expect to go wrong outside our own code."""


class Trouble(click.ClickException):
    """What went wrong outside our own code, told in words instead of a traceback."""

    exit_code = Exit.USAGE

    def __init__(self, error: BaseException) -> None:
        super().__init__(words(error))

    def show(self, file: object = None) -> None:  # noqa: ARG002  click's own signature
        """Say it, a line for each thing."""
        for each in self.message.splitlines():
            say(f"lookout: {each}")


class Busy(Trouble):
    """There is no room now: what was asked for can be asked for again, later."""

    exit_code = Exit.BUSY


class Held(Trouble):
    """What was asked for is there, and waits for an approval."""

    exit_code = Exit.FAILED


def trouble_of(error: BaseException) -> Trouble:
    """Return what a command ends with after an error of ``TROUBLE``."""
    if isinstance(error, HeldResultError):
        return Held(error)
    return Busy(error) if isinstance(error, AdmissionError) else Trouble(error)


def words(error: BaseException) -> str:
    """Return what to tell a person about an error of ``TROUBLE``."""
    if isinstance(error, DBAPIError):
        return str(database_trouble(error))
    if isinstance(error, DatabaseError) and isinstance(error.__cause__, DBAPIError):
        return str(database_trouble(error.__cause__))
    if isinstance(error, BrokerError | RedisError):
        return str(broker_trouble(error))
    if isinstance(error, OSError):
        return _system_words(error)
    return str(error)


def _system_words(error: OSError) -> str:
    """Return what to tell a person about an error of the system; for a file, what can be done about it."""
    if error.filename is None:
        return f"the system refused: {error.strerror or error}"
    path = Path(str(error.filename))
    what_to_do = full_disk(path) if error.errno in FULL else "mend the path, or give this user access to it"
    return f"{path}: {error.strerror or error}; {what_to_do}"
