"""Pausing and resuming a run from the command line."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.cli.exits import Exit
from orchestrator.cli.ledgering import ledger
from orchestrator.cli.terminal import say, show
from orchestrator.ledger.control import Control, pause_run, resume_run
from orchestrator.store.runs import find_run
from orchestrator.store.tables.columns import DEFAULT_TENANT


def pause(run: str, *, why: str) -> int:
    """Pause a run and say so; return the exit code."""
    return _change(run, lambda conn, run_id: pause_run(conn, run_id, why=why), done="paused", already="was paused")


def resume(run: str) -> int:
    """Let a paused run go on and say so; return the exit code."""
    return _change(run, resume_run, done="resumed", already="was going on")


def _change(run: str, change: Callable[[Connection, UUID], Control], *, done: str, already: str) -> int:
    """Change a run in one transaction; a wish that is true already is no failure, one that comes too late is."""
    with ledger() as engine, engine.begin() as conn:
        run_id = find_run(conn, run, tenant=DEFAULT_TENANT)
        control = change(conn, run_id)
    if control is Control.OVER:
        say(f"run {run_id} has ended already, or its deadline has passed: `lookout runs show {run_id}` says which")
        return Exit.FAILED
    show(f"run {run_id}: {done if control is Control.DONE else f'{already} already'}")
    return Exit.OK
