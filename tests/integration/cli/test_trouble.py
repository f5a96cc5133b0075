"""Servers that are down, closed, read-only, older or newer: one clear line, exit code 2, nothing half done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from sqlalchemy.engine import make_url
from support.commands import Lookout
from support.stages import Stage

from orchestrator.local.cluster import SUPERUSER
from orchestrator.local.passwords import read_passwords
from orchestrator.settings import get_settings

Elsewhere = Callable[..., None]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """Point the settings at another place."""

    def point(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()

    return point


@contextmanager
def superuser(stage: Stage) -> Iterator[psycopg.Connection]:
    """Yield a connection as whoever set the database up."""
    passwords = read_passwords(stage.services.home)
    assert passwords is not None
    parts = make_url(stage.addresses.database_url)
    with psycopg.connect(
        host=str(parts.query["host"]),
        port=str(parts.query["port"]),
        dbname=parts.database,
        user=SUPERUSER,
        password=passwords.superuser.get_secret_value(),
        autocommit=True,
    ) as connection:
        yield connection


def refused(lookout: Lookout, watchlist: Path, *, expected: str) -> None:
    """Check that run and up are refused in one line that says so."""
    for words in (("run", str(watchlist)), ("up",)):
        answer = lookout(*words)
        told = answer.err.strip().splitlines()
        assert answer.code == 2, answer
        assert len(told) == 1, answer.err
        assert told[0].startswith("lookout: ")
        assert expected in told[0]
        assert "hunter2" not in told[0]
        assert answer.out == ""


def test_a_database_that_is_down(
    lookout: Lookout, watchlist: Path, elsewhere: Elsewhere, stage: Stage, tmp_path: Path
) -> None:
    # Given
    elsewhere(DATABASE_URL=f"postgresql://app:hunter2@/lookout?host={tmp_path}", LOOKOUT_HOME=str(tmp_path / "h"))
    # When / Then
    refused(lookout, watchlist, expected="the database does not answer: start it, or correct DATABASE_URL")
    assert stage.one("SELECT count(*) FROM runs") == 0


def test_a_database_that_wants_another_password(
    lookout: Lookout, watchlist: Path, elsewhere: Elsewhere, stage: Stage, tmp_path: Path
) -> None:
    # Given
    other = make_url(stage.addresses.database_url).set(password="hunter2").render_as_string(hide_password=False)
    elsewhere(DATABASE_URL=other, LOOKOUT_HOME=str(tmp_path / "h"))
    # When / Then
    refused(lookout, watchlist, expected="the database refuses the password: correct DATABASE_URL")


def test_a_database_that_is_not_there(
    lookout: Lookout, watchlist: Path, elsewhere: Elsewhere, stage: Stage, tmp_path: Path
) -> None:
    # Given
    other = make_url(stage.addresses.database_url).set(database="nowhere").render_as_string(hide_password=False)
    elsewhere(DATABASE_URL=other, LOOKOUT_HOME=str(tmp_path / "h"))
    # When / Then
    refused(lookout, watchlist, expected="DATABASE_URL")


def test_a_database_that_is_read_only(lookout: Lookout, watchlist: Path, stage: Stage) -> None:
    # Given
    with superuser(stage) as connection:
        connection.execute("ALTER ROLE lookout_app SET default_transaction_read_only = on")
        # When
        answer = lookout("run", str(watchlist))
        examined = lookout("doctor")
        connection.execute("ALTER ROLE lookout_app RESET default_transaction_read_only")
    # Then
    assert answer.code == 2
    assert "the database is read-only: point DATABASE_URL at the primary" in answer.err
    assert stage.one("SELECT count(*) FROM runs") == 0
    assert "✗ writing: transactions are read-only by default" in examined.out
    assert examined.code == 1


@contextmanager
def other_schema(stage: Stage, change: LiteralString) -> Iterator[None]:
    """Let the database say that it has another schema."""
    current = stage.one("SELECT version_num FROM alembic_version")
    with superuser(stage) as connection:
        connection.execute(change)
        yield
        connection.execute("DELETE FROM alembic_version")
        connection.execute("INSERT INTO alembic_version VALUES (%s)", (current,))


def test_a_schema_that_is_newer_than_the_code(lookout: Lookout, watchlist: Path, stage: Stage) -> None:
    # Given
    with other_schema(stage, "UPDATE alembic_version SET version_num = '9999'"):
        # When
        answers = [lookout("run", str(watchlist)), lookout("runs", "list"), lookout("schedules"), lookout("migrate")]
        examined = lookout("doctor")
    # Then
    for answer in answers:
        assert answer.code == 2
        assert "newer than this code's" in answer.err
        assert "upgrade Lookout" in answer.err
    assert "    → upgrade Lookout" in examined.out


def test_a_database_without_a_schema(lookout: Lookout, watchlist: Path, stage: Stage) -> None:
    # Given
    with other_schema(stage, "DELETE FROM alembic_version"):
        # When
        answers = [
            lookout("run", str(watchlist)),
            lookout("runs", "list"),
            lookout("schedules", "watch", str(watchlist)),
        ]
        examined = lookout("doctor")
        checked = lookout("migrate", "--check")
    # Then
    for answer in answers:
        assert answer.code == 2
        assert "run `lookout migrate`" in answer.err
    assert "    → run `lookout migrate`" in examined.out
    assert checked.code == 1
    assert "the schema is empty, this code wants" in checked.out
    assert stage.one("SELECT count(*) FROM runs") == 0


def test_a_broker_that_is_down(
    lookout: Lookout, watchlist: Path, elsewhere: Elsewhere, stage: Stage, tmp_path: Path
) -> None:
    # Given
    elsewhere(CELERY_BROKER_URL=f"redis+socket://:hunter2@{tmp_path}/gone", LOOKOUT_HOME=str(tmp_path / "h"))
    # When / Then
    refused(lookout, watchlist, expected="the broker does not answer: start it, or correct CELERY_BROKER_URL")
    assert stage.one("SELECT count(*) FROM runs") == 0


def test_a_broker_that_wants_another_password(
    lookout: Lookout, watchlist: Path, elsewhere: Elsewhere, stage: Stage, tmp_path: Path
) -> None:
    # Given
    before, _, after = stage.addresses.broker_url.partition("@")
    other = f"{before.rpartition(':')[0]}:hunter2@{after}"
    elsewhere(CELERY_BROKER_URL=other, LOOKOUT_HOME=str(tmp_path / "h"))
    # When / Then
    refused(lookout, watchlist, expected="the broker refuses the password: correct CELERY_BROKER_URL")
    assert stage.one("SELECT count(*) FROM runs") == 0


def test_a_second_owner_of_the_home_is_refused_by_the_firsts_name(lookout: Lookout, stage: Stage) -> None:
    # Given / When
    answer = lookout("up")
    # Then
    assert answer.code == 2
    assert f"{stage.services.home.path} is owned by process" in answer.err
