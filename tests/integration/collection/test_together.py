"""Cursors never run ahead of the data: whatever goes wrong at any statement, all of a report is kept, or nothing."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from support.plays import Play, act, plan_of, sender
from support.runners import Crew
from support.stages import Stage

from agents.contract import AgentReport, Evidence, Quarantined, Work
from orchestrator.store import evidence
from orchestrator.store.evidence import read_cursors, save_evidence

pytestmark = pytest.mark.services

TARGET = "git:succeed/a"
MOST = 60
"""More statements than any of these reports takes."""
CRASHES: dict[str, Callable[[], BaseException]] = {
    "a bug": lambda: RuntimeError("a bug"),
    "no memory": lambda: MemoryError("none is left"),
    "an interrupt": KeyboardInterrupt,
    "an exit": lambda: SystemExit(1),
    "a lost line": lambda: psycopg.OperationalError("server closed the connection unexpectedly"),
    "a refusal": lambda: psycopg.errors.DataError("too large"),
    "a deadlock": lambda: psycopg.errors.DeadlockDetected("chosen as the victim"),
}
SURFACE = (RuntimeError, MemoryError, KeyboardInterrupt, SystemExit, DBAPIError)
"""As what they come up."""
Kept = tuple[set[str], set[str], dict[str, Any]]


class Fault:
    """Goes off at one statement or commit of the engine, before or after the database did it."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self._left: int | None = None
        self._crash, self._after = "", False
        dialect = stage.engine.dialect
        self._execute, self._commit = dialect.do_execute, dialect.do_commit
        monkeypatch.setattr(dialect, "do_execute", self._do_execute)
        monkeypatch.setattr(dialect, "do_commit", self._do_commit)

    def arm(self, at: int, crash: str, *, after: bool) -> None:
        """Go off at the statement of that number, counted from here."""
        self._left, self._crash, self._after = at, crash, after

    def disarm(self) -> bool:
        """Go off no more; return whether it went off."""
        went_off, self._left = self._left is not None and self._left < 0, None
        return went_off

    def _do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any) -> None:  # noqa: ANN401  SQLAlchemy's own signature
        self._do(lambda: self._execute(cursor, statement, parameters, context), cursor.connection)

    def _do_commit(self, connection: Any) -> None:  # noqa: ANN401  the same
        self._do(lambda: self._commit(connection), connection.driver_connection)

    def _do(self, work: Callable[[], None], connection: psycopg.Connection[Any]) -> None:
        if self._left is None or self._left < 0:
            work()
            return
        self._left -= 1
        if self._left >= 0 or self._after:
            work()
        if self._left < 0:
            if self._crash == "a lost line":
                connection.close()
            crash = CRASHES[self._crash]()
            raise crash


def whole(*, facts: int = 3, strays: int = 3, sources: int = 3, of: str = "new") -> AgentReport:
    """Return a report that has some of everything, each named after ``of``."""
    return AgentReport(
        agent="actor",
        target=TARGET,
        evidence=tuple(
            Evidence(target=TARGET, source="git", kind="commit", key=f"{of}-{number}") for number in range(facts)
        ),
        quarantined=tuple(
            Quarantined(target=TARGET, source="git", key=f"{of}-{number}", reason="no date") for number in range(strays)
        ),
        cursors={f"source-{number}": of for number in range(sources)},
        replaces=("commit",),
    )


def kept(stage: Stage) -> Kept:
    """Return the keys of the evidence and of what was put aside, and the cursors."""
    with stage.engine.connect() as conn:
        facts, strays = (
            set(conn.execute(text(f"SELECT key FROM {table}")).scalars())  # noqa: S608  our own tables
            for table in ("evidence", "quarantine")
        )
        return facts, strays, read_cursors(conn, tenant="default", target=TARGET)


def all_of(report: AgentReport, *, over: AgentReport) -> Kept:
    """Return what is kept once a report was saved over another one; what was put aside before stays."""
    strays = {item.key for item in (*over.quarantined, *report.quarantined)}
    return {item.key for item in report.evidence}, strays, {**over.cursors, **report.cursors}


@pytest.fixture
def fault(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Fault:
    monkeypatch.setattr(evidence, "LOT", 2)  # several lots, and so several statements, of a few rows
    return Fault(stage, monkeypatch)


def save(stage: Stage, report: AgentReport) -> None:
    with stage.engine.begin() as conn:
        save_evidence(conn, report, tenant="default", run_id=uuid4())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("crash", CRASHES)
def test_a_fault_at_any_statement_leaves_all_of_a_report_or_nothing(
    *, crash: str, after: bool, stage: Stage, fault: Fault
) -> None:
    # Given a target that was read before
    old, new = whole(of="old"), whole()
    save(stage, old)
    before, then = kept(stage), all_of(new, over=old)
    # When something goes wrong at the first statement, at the second, and so on, until nothing does any more
    for at in range(MOST):
        fault.arm(at, crash, after=after)
        with suppress(*SURFACE):
            save(stage, new)
        went_off = fault.disarm()
        # Then what is there is what was there before, or all that the report has
        found = kept(stage)
        assert found in (before, then), (crash, at)
        if found == then:
            break
    # And at the end all of it is there: once the fault came too late, after or beyond the commit
    assert kept(stage) == then
    assert at >= 7, "a lock, two lots of facts, what is gone, two lots of strays, three cursors and a commit"
    assert went_off == after


@settings(
    max_examples=60,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
@given(
    facts=st.integers(0, 5),
    strays=st.integers(0, 5),
    sources=st.integers(1, 4),
    at=st.integers(0, 15),
    crash=st.sampled_from(list(CRASHES)),
    after=st.booleans(),
)
def test_no_cursor_is_ever_ahead_of_its_data(
    *, facts: int, strays: int, sources: int, at: int, crash: str, after: bool, stage: Stage, fault: Fault
) -> None:
    # Given a target of which something is known, and a report of any size that says how far it read
    old, new = whole(of=f"old-{uuid4()}"), whole(facts=facts, strays=strays, sources=sources, of=f"new-{uuid4()}")
    with stage.engine.begin() as conn:
        conn.execute(text("TRUNCATE evidence, quarantine, cursors, looks"))
    save(stage, old)
    before = kept(stage)
    # When anything goes wrong at any statement of it
    fault.arm(at, crash, after=after)
    with suppress(*SURFACE):
        save(stage, new)
    fault.disarm()
    # Then the cursors are where the data is
    assert kept(stage) in (before, all_of(new, over=old))


@pytest.mark.parametrize("crash", ["a bug", "a lost line", "a refusal", "a deadlock"])
def test_a_step_is_done_with_all_that_it_collected_or_does_it_again(crash: str, stage: Stage, fault: Fault) -> None:
    # Given steps that collect, and a fault at the first, the second, ... statement after each has its report
    play = Play(stage, sender(stage.addresses.broker_url))
    report, nothing = whole(), (set[str](), set[str](), dict[str, Any]())
    faults = 0
    for at in range(MOST):
        with stage.engine.begin() as conn:
            conn.execute(text("TRUNCATE evidence, quarantine, cursors, looks"))
        run_id = play.accept(plan_of(act("a"))).run_id

        def collect(work: Work, at: int = at) -> AgentReport:
            fault.arm(at, crash, after=False)
            return report

        # When the step runs into it
        with suppress(*SURFACE):
            Crew(stage.engine, collect).run(run_id, "a")
        went_off = fault.disarm()
        faults += went_off
        # Then all of what it collected is kept where the step is done, else nothing
        done = stage.step_states(run_id)["a"] == "succeeded"
        assert kept(stage) == (all_of(report, over=AgentReport(agent="actor")) if done else nothing), at
        # And where it was not done, it is done again, to the same end
        _do_again(stage, run_id, report)
        assert kept(stage) == all_of(report, over=AgentReport(agent="actor")), at
        if not went_off:
            break
    assert faults >= 10, "ending the step and counting it, its lots and its cursors, and the commit"


def _do_again(stage: Stage, run_id: UUID, report: AgentReport) -> None:
    """Have another worker take the step over, once the first one's lease has run out."""
    with stage.engine.begin() as conn:
        conn.execute(
            text("UPDATE steps SET lease_until = now() - interval '1s' WHERE run_id = :run AND state = 'running'"),
            {"run": run_id},
        )
    Crew(stage.engine, lambda _: report, owner="another").run(run_id, "a")
    assert stage.step_states(run_id)["a"] == "succeeded"
