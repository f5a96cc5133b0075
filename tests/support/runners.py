"""Step runners in this process, with agents that do what a test says, and a line to the database that can be cut."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine

from agents.contract import AgentReport, AgentSpec, Finding, Severity, Work
from orchestrator.ledger.decisions import Backoff
from orchestrator.ledger.failing import Outcome, Stepped
from orchestrator.ledger.figures import Figures
from orchestrator.ledger.heart import Heart
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.stepping import StepRunner
from orchestrator.store.direct import Direct
from support.plays import SPECS

LIMITS = Limits(lease_seconds=60, quiet_seconds=0.001, backoff=Backoff(multiplier=0, max=0))


def report_of(work: Work) -> AgentReport:
    """Return a report with one finding, whose claim is the step's own name."""
    finding = Finding(kind="k", target="t", claim=work.step, severity=Severity.INFO, confidence=1, title=work.step)
    return AgentReport(agent="actor", target="t", summary=work.step, findings=(finding,))


class Scripted:
    """An agent that does what it was told."""

    def __init__(self, spec: AgentSpec, act: Callable[[Work], AgentReport]) -> None:
        self.spec = spec
        self._act = act

    def run(self, work: Work) -> AgentReport:
        """Do it."""
        return self._act(work)


class Crew:
    """One worker process, so to say: a runner with a heart of its own that beats only when told."""

    def __init__(self, engine: Engine, act: Callable[[Work], AgentReport] = report_of, *, owner: str = "one") -> None:
        self.heart = Heart(engine, lease_seconds=LIMITS.lease_seconds, every_seconds=3_600)
        self.runner = StepRunner(
            engine=engine,
            direct=Direct(engine),
            heart=self.heart,
            limits=LIMITS,
            specs=SPECS,
            build=lambda name: Scripted(SPECS[name], act),
            owner=owner,
            figures=Figures(engine, lot_seconds=LIMITS.lot_seconds),
            send_soon=lambda _: None,
        )

    def run(self, run_id: UUID, *steps: str) -> Stepped:
        """Run a lot of steps, as its message would."""
        return self.runner.run(run_id, steps=steps)

    def play(self, run_id: UUID, *steps: str) -> list[Outcome]:
        """Run steps one after the other; return what became of each."""
        return [self.run(run_id, step).outcome for step in steps]


class Line:
    """The line to the database. Cut around a commit, nobody on this end knows whether it was done."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self._commit = engine.dialect.do_commit
        self._cuts: list[str] = []
        self._execute = engine.dialect.do_execute
        monkeypatch.setattr(engine.dialect, "do_commit", self._do_commit)
        monkeypatch.setattr(engine.dialect, "do_execute", self._do_execute)

    def cut(self, when: str, *, after: int = 0) -> None:
        """Cut the line ``before`` or ``after`` the next commit is done, or one of those that follow it."""
        self._cuts = [""] * after + [when]

    @property
    def was_cut(self) -> bool:
        """Whether it came to that."""
        return self._cuts == []

    def _do_commit(self, connection: Any) -> None:  # noqa: ANN401  SQLAlchemy's own signature
        self._do(lambda: self._commit(connection), connection.driver_connection)

    def _do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any) -> None:  # noqa: ANN401  the same
        """Execute a statement; one that changes something outside any transaction commits by itself."""
        reads = statement.lstrip().startswith(("SELECT", "WITH RECURSIVE"))
        if reads or not cursor.connection.autocommit:
            self._execute(cursor, statement, parameters, context)
        else:
            self._do(lambda: self._execute(cursor, statement, parameters, context), cursor.connection)

    def _do(self, commit: Callable[[], None], connection: psycopg.Connection[Any]) -> None:
        """Commit, unless the line is cut before it is done, or after."""
        when = self._cuts.pop(0) if self._cuts else ""
        if when != "before":
            commit()
        if when:
            connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")


@contextmanager
def holding(engine: Engine, statement: str, **values: object) -> Iterator[Any]:
    """Hold the rows that a statement locks, in a transaction that ends with the block."""
    with engine.connect() as conn, conn.begin():
        conn.exec_driver_sql(statement, values)
        yield conn
