"""What went wrong outside our code, in words."""

import errno

import psycopg
import pytest
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as RedisDownError
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, ProgrammingError

from orchestrator.cli.faults import Trouble, words
from orchestrator.errors import DatabaseError, WatchlistError


def of(kind: type[DBAPIError], original: psycopg.Error) -> DBAPIError:
    """Return the error that SQLAlchemy makes of the driver's."""
    return kind("SELECT secret", {}, original)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (of(InternalError, psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT")), "is read-only: point"),
        (of(OperationalError, psycopg.errors.DiskFull("could not extend file")), "disk is full: make room"),
        (of(OperationalError, psycopg.errors.TooManyConnections("too many")), "no connection left"),
        (of(ProgrammingError, psycopg.errors.UndefinedTable('relation "runs"')), "run `lookout migrate`"),
        (of(ProgrammingError, psycopg.errors.InsufficientPrivilege("denied")), "give it its grants"),
        (
            of(OperationalError, psycopg.OperationalError('FATAL:  password authentication failed for user "a"\nmore')),
            'refuses the password: correct DATABASE_URL (FATAL:  password authentication failed for user "a")',
        ),
        (of(OperationalError, psycopg.OperationalError("fe_sendauth: no password supplied")), "wants a password"),
        (of(OperationalError, psycopg.OperationalError('database "x" does not exist')), "or create it"),
        (of(OperationalError, psycopg.OperationalError("sorry, too many clients already")), "max_connections"),
        (of(OperationalError, psycopg.OperationalError("connection refused")), "does not answer: start it"),
        (of(ProgrammingError, psycopg.errors.SyntaxError("near")), "the database refused"),
        (of(OperationalError, psycopg.OperationalError("")), "(OperationalError)"),
        (BrokerError("Connection refused"), "the broker does not answer: start it, or correct CELERY_BROKER_URL"),
        (RedisDownError("Error 111"), "the broker does not answer"),
        (AuthenticationError("invalid username-password pair"), "the broker refuses the password"),
        (ResponseError("NOAUTH Authentication required."), "the broker refuses the password"),
        (ResponseError("MISCONF Errors writing to the AOF file"), "cannot write to its disk"),
        (OSError(errno.EACCES, "Permission denied", "/nowhere/x"), "/nowhere/x: Permission denied; mend the path"),
        (OSError(errno.ENOSPC, "No space left on device", "/nowhere/x"), "the disk ran full"),
        (OSError(errno.EMFILE, "Too many open files"), "the system refused: Too many open files"),
        (DatabaseError("newer than this code"), "newer than this code"),
    ],
)
def test_trouble_is_told_with_its_remedy(error: Exception, expected: str) -> None:
    # Given / When
    told = words(error)
    # Then
    assert expected in told
    assert "\n" not in told
    assert "secret" not in told


def test_a_broker_that_wants_another_password_is_known_by_the_cause() -> None:
    # Given
    error = BrokerError("cannot connect")
    error.__cause__ = AuthenticationError("WRONGPASS")
    # When / Then
    assert "refuses the password" in words(error)


def test_a_migration_that_the_database_refused_is_told_by_the_databases_words() -> None:
    # Given
    error = DatabaseError("the migration was not done")
    error.__cause__ = of(InternalError, psycopg.errors.ReadOnlySqlTransaction("cannot execute CREATE"))
    # When / Then
    assert "the database is read-only" in words(error)


def test_every_line_of_trouble_is_told_and_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    trouble = Trouble(WatchlistError("a.yaml:1: \x1b[31mred", "a.yaml:2: again"))
    # When
    trouble.show()
    # Then
    assert trouble.exit_code == 2
    assert capsys.readouterr().err == "lookout: a.yaml:1: red\nlookout: a.yaml:2: again\n"
