"""Actions as tables and lines, undoing one, and rehearsing rules."""

from dataclasses import asdict
from pathlib import Path

from orchestrator.cli.approving import this_user
from orchestrator.cli.inputs import read_watchlist
from orchestrator.cli.ledgering import ledger
from orchestrator.cli.tables import show_table
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.domain.responses import ActionState
from orchestrator.local.opening import is_unused
from orchestrator.response.reading import ActionLine, ActionView, find_action, held_back, list_actions, read_action
from orchestrator.response.rehearsing import rehearse
from orchestrator.response.retrying import retry
from orchestrator.response.undoing import undo
from orchestrator.response.wording import deed_words
from orchestrator.settings import get_settings
from orchestrator.store.runs import find_run
from orchestrator.store.tables.columns import DEFAULT_TENANT

_HEADINGS = ("action", "state", "kind", "rule", "severity", "target", "title", "why", "since")
_REHEARSED = ("action", "would begin", "kind", "rule", "target", "would do")


def show_actions(*, limit: int, states: tuple[str, ...], as_json: bool) -> None:
    """Show the newest actions, and what limits held back."""
    lines: tuple[ActionLine, ...] = ()
    if not is_unused(get_settings()):
        with ledger() as engine, engine.connect() as conn:
            lines = list_actions(conn, limit=limit, states=[ActionState(state) for state in states])
            for run_id, note in held_back(conn):
                say(f"run {run_id}: {note}")
    if as_json:
        show_json([asdict(line) for line in lines])
        return
    show_table(_HEADINGS, map(_cells, lines), empty="no finding has set anything off; rules stand under 'respond:'")


def show_action(name: str, *, as_json: bool) -> None:
    """Show one action with who decided what about it, when and why."""
    with ledger() as engine, engine.connect() as conn:
        view = read_action(conn, find_action(conn, name))
    if as_json:
        show_json({**view.row._mapping, "audit": [asdict(line) for line in view.audit]})  # noqa: SLF001  public name
        return
    for words in _words(view):
        show(words)


def undo_action(name: str, *, why: str) -> None:
    """Undo one action."""
    from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

    with ledger() as engine:
        outcome = undo(engine, name, actions=wiring.actions(), who=this_user(), why=why)
    show(outcome.words)


def retry_action(name: str, *, why: str) -> None:
    """Let one action that failed for good be tried again."""
    with ledger() as engine:
        action = retry(engine, name, who=this_user(), why=why)
    show(f"{action}: due again")


def show_rehearsal(run: str, *, watchlist: Path | None, as_json: bool) -> None:
    """Show what rules would make of a run's findings."""
    from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

    rules = None if watchlist is None else read_watchlist(watchlist).respond
    with ledger() as engine:
        with engine.connect() as conn:
            run_id = find_run(conn, run, tenant=DEFAULT_TENANT)
        found = rehearse(engine, run_id, actions=wiring.actions(), terms=wiring.response_terms(), rules=rules)
    if found.note:
        say(found.note)
    if as_json:
        show_json([asdict(each) for each in found.actions])
        return
    rows = [(each.id, each.state, each.kind, each.rule, each.target, each.would) for each in found.actions]
    show_table(_REHEARSED, rows, empty="no rule would do anything new about what this run found")


def _cells(line: ActionLine) -> tuple[str, ...]:
    """Return an action's cells."""
    return (
        line.id,
        line.state,
        line.kind,
        line.rule,
        line.severity,
        line.target,
        line.title,
        line.why,
        line.created_at.strftime("%Y-%m-%d %H:%M:%S"),
    )


def _words(view: ActionView) -> list[str]:
    """Return what is known of an action, line by line."""
    row = view.row
    told = [
        f"action {row.id}: {row.state}",
        f"what: {deed_words(row.kind, row.parameters)}",
        f"rule: {row.rule}, run {row.run_id}, {row.band} at {row.confidence:.0%}",
        f"finding: {row.finding['severity']} {row.finding['kind']} on {row.target}: {row.finding['title']}",
    ]
    asked = [f"asked: {row.approval}"] if row.approval else []
    audit = [f"{line.at:%Y-%m-%d %H:%M:%S} {line.state} by {line.who}: {line.why}" for line in view.audit]
    return [*told, *asked, *audit]
