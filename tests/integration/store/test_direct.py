"""Statements sent as they are: each a transaction, errors as SQLAlchemy's, and no broken connection used again."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from support.stages import Stage

from orchestrator.store.direct import Direct, Within
from orchestrator.store.engine import make_engine
from orchestrator.store.patience import answer_lost, passes

_NOW = text("SELECT 1 AS one, CAST(:given AS text) AS two")
_KEEP = text("INSERT INTO broker (name, token) VALUES (:name, :token) RETURNING token")
_KEPT = text("SELECT token FROM broker WHERE name = :name")
_BACKEND = text("SELECT pg_backend_pid() AS pid")


@pytest.fixture(params=["an engine of its own", "an engine that others use"])
def engine(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Engine]:
    if request.param == "an engine that others use":
        yield stage.engine
        return
    made = make_engine(stage.engine.url.render_as_string(hide_password=False), by_itself=True)
    yield made
    made.dispose()


def test_rows_have_columns_as_attributes(engine: Engine) -> None:
    # When
    (row,) = Direct(engine).rows(_NOW, {"given": "50%"})
    # Then
    assert (row.one, row.two) == (1, "50%")


def test_a_statement_is_committed_when_it_returns_and_others_see_it(engine: Engine, stage: Stage) -> None:
    # When
    kept = Direct(engine).row(_KEEP, {"name": "n", "token": "t"})
    # Then
    assert kept.token == "t"
    with stage.engine.connect() as conn:
        assert conn.execute(_KEPT, {"name": "n"}).scalar_one() == "t"


def test_a_statement_without_rows_gives_none(engine: Engine) -> None:
    direct = Direct(engine)
    assert direct.row(_KEPT, {"name": "nobody"}) is None
    assert direct.rows(text("SET LOCAL work_mem = '4MB'"), {}) == []


def test_what_the_database_refuses_is_told_as_sqlalchemy_does_and_the_connection_goes_on(engine: Engine) -> None:
    # Given
    direct = Direct(engine)
    before = direct.row(_BACKEND, {}).pid
    direct.rows(_KEEP, {"name": "n", "token": "t"})
    # When
    with pytest.raises(IntegrityError) as caught:
        direct.rows(_KEEP, {"name": "n", "token": "a secret"})
    # Then nothing was lost, no value is told, and the same connection serves the next
    assert not answer_lost(caught.value)
    assert "a secret" not in str(caught.value.params)
    assert direct.row(_BACKEND, {}).pid == before


def test_a_statement_that_is_none_is_told_with_its_words(engine: Engine) -> None:
    with pytest.raises(ProgrammingError, match="SELEC 1"):
        Direct(engine).rows(text("SELEC 1"), {})


def test_a_connection_that_went_is_told_and_is_never_used_again(engine: Engine, stage: Stage) -> None:
    # Given a server that ends the connection
    direct = Direct(engine)
    gone = direct.row(_BACKEND, {}).pid
    _end(stage, gone)
    # When
    with pytest.raises(DBAPIError) as caught:
        direct.rows(_NOW, {"given": ""})
    # Then it may be asked again, on another connection
    assert answer_lost(caught.value)
    assert passes(caught.value)
    assert direct.row(_BACKEND, {}).pid != gone


def test_a_time_limit_in_the_middle_of_an_answer_leaves_no_connection_in_the_middle(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a driver that is interrupted once its question is out
    direct = Direct(engine)
    used = direct.row(_BACKEND, {}).pid

    def interrupted(cursor: Any, statement: str, _values: object, _context: object) -> None:  # noqa: ANN401  SQLAlchemy's
        cursor.connection.pgconn.send_query(statement.encode())
        raise TimeoutError("the soft time limit is up")

    with monkeypatch.context() as patched:
        patched.setattr(engine.dialect, "do_execute", interrupted)
        # When
        with pytest.raises(TimeoutError, match="soft time limit"):
            direct.rows(_BACKEND, {})
    # Then
    assert direct.row(_BACKEND, {}).pid != used


def test_a_database_that_is_away_is_told_as_such() -> None:
    nowhere = make_engine("postgresql+psycopg://x@/x?host=/nonexistent", connect_seconds=1)
    with pytest.raises(OperationalError, match="nonexistent") as caught:
        Direct(nowhere).rows(_NOW, {"given": ""})
    assert passes(caught.value)
    assert not answer_lost(caught.value)


def test_statements_of_a_transaction_are_done_together_or_not_at_all(engine: Engine, stage: Stage) -> None:
    # Given
    direct = Direct(engine)

    def keep_and_fail() -> None:
        with direct.begin() as conn:
            Within(conn).rows(_KEEP, {"name": "a", "token": "t"})
            raise LookupError("in between")

    # When one fails and one does not
    with pytest.raises(LookupError):
        keep_and_fail()
    with direct.begin() as conn:
        assert Within(conn).row(_KEEP, {"name": "b", "token": "t"}).token == "t"
        assert Within(conn).row(_KEPT, {"name": "nobody"}) is None
    # Then
    with stage.engine.connect() as conn:
        assert conn.execute(text("SELECT name FROM broker WHERE name IN ('a', 'b')")).scalars().all() == ["b"]
    # And its connection commits each statement by itself again
    direct.rows(_KEEP, {"name": "c", "token": "t"})
    assert _status(engine) is TransactionStatus.IDLE


def test_a_transaction_whose_statement_is_refused_says_so(engine: Engine) -> None:
    direct = Direct(engine)
    with pytest.raises(IntegrityError), direct.begin() as conn:
        Within(conn).rows(_KEEP, {"name": None, "token": "t"})


def test_a_transaction_whose_connection_went_says_so(engine: Engine, stage: Stage) -> None:
    # Given
    direct = Direct(engine)

    def lose() -> None:
        with direct.begin() as conn:
            _end(stage, Within(conn).row(_BACKEND, {}).pid)
            Within(conn).rows(_NOW, {"given": ""})

    # When, then
    with pytest.raises(DBAPIError) as caught:
        lose()
    assert answer_lost(caught.value)
    assert direct.row(_NOW, {"given": "again"}).two == "again"


def test_a_time_limit_in_the_middle_of_a_transaction_costs_the_pool_no_connection(stage: Stage) -> None:
    # Given a pool of two
    made = make_engine(stage.engine.url.render_as_string(hide_password=False), by_itself=True, pool_size=1, overflow=1)
    direct = Direct(made)

    def interrupted() -> None:
        with direct.begin() as conn:
            driver: Any = conn.connection.driver_connection
            driver.pgconn.send_query(b"SELECT pg_sleep(30)")
            raise TimeoutError("the soft time limit is up")

    # When more transactions than it has connections are interrupted while they wait for an answer
    for _ in range(4):
        with pytest.raises((TimeoutError, DBAPIError)):
            interrupted()
    # Then it still has some
    assert direct.row(_NOW, {"given": "again"}).two == "again"
    with direct.begin() as conn:
        assert Within(conn).row(_NOW, {"given": "again"}).two == "again"
    made.dispose()


def test_a_statement_on_a_connection_without_a_transaction_begins_one(stage: Stage) -> None:
    # Given a connection on which nothing was done, when a statement goes past SQLAlchemy
    with stage.engine.connect() as conn:
        Within(conn).rows(_KEEP, {"name": "d", "token": "t"})
        conn.commit()
    # Then its commit is one
    with stage.engine.connect() as conn:
        assert conn.execute(_KEPT, {"name": "d"}).scalar_one() == "t"


def _end(stage: Stage, backend: int) -> None:
    """Have the server end a connection: the same role may, over another."""
    another = make_engine(stage.engine.url.render_as_string(hide_password=False))
    with another.connect() as conn:
        conn.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
    another.dispose()


def _status(engine: Engine) -> TransactionStatus:
    lent = engine.raw_connection()
    driver: Any = lent.driver_connection
    status: TransactionStatus = driver.info.transaction_status
    lent.close()
    return status
