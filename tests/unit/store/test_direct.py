"""Statements as the driver reads them."""

import pytest
from psycopg import _queries
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from orchestrator.ledger.completing_statements import COMPLETE
from orchestrator.ledger.statements import CLAIM, LOAD, LOAD_JOIN, SUBMIT
from orchestrator.store import direct


@pytest.mark.parametrize("statement", [SUBMIT, CLAIM, LOAD, LOAD_JOIN, COMPLETE])
def test_what_every_step_sends_is_short_enough_to_be_remembered(statement: TextClause) -> None:
    # Given a statement that is sent for every step, when it is written for the driver
    sql = vars(direct)["_text"](statement, PGDialect_psycopg())  # type: ignore[no-untyped-call] # SQLAlchemy's own
    # Then the driver keeps its parts, and does not split it anew each time
    assert len(sql) <= _queries.MAX_CACHED_STATEMENT_LENGTH
    # And a shorter form says the same
    assert sql.split() == str(statement.compile(dialect=PGDialect_psycopg())).split()  # type: ignore[no-untyped-call]
