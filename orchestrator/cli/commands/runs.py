"""``lookout runs``: what ran, how it went, cancel it, do it again."""

import click

from orchestrator.cli.group import examples
from orchestrator.domain.runs import RunState


@click.group("runs")
def command() -> None:
    """List, show, cancel and rerun runs."""


@command.command("list", epilog=examples("lookout runs list", "lookout runs list --state failed --state partial"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--state", "states", multiple=True, type=click.Choice([str(state) for state in RunState]))
@click.option("--json", "as_json", is_flag=True, help="Write them as JSON.")
def list_command(*, limit: int, states: tuple[str, ...], as_json: bool) -> None:
    """List runs, newest first."""
    from orchestrator.cli.ledgering import ledger  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.tables import show_runs  # noqa: PLC0415  the same
    from orchestrator.local.opening import is_unused  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same
    from orchestrator.store.runs import list_runs  # noqa: PLC0415  the same
    from orchestrator.store.tables.columns import DEFAULT_TENANT  # noqa: PLC0415  the same

    if is_unused(get_settings()):
        show_runs((), as_json=as_json)
        return
    with ledger() as engine, engine.connect() as conn:
        lines = list_runs(conn, tenant=DEFAULT_TENANT, limit=limit, states=[RunState(state) for state in states])
    show_runs(lines, as_json=as_json)


@command.command("show", epilog=examples("lookout runs show", "lookout runs show 01a1fd95 --json"))
@click.argument("run", default="latest")
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
def show_command(run: str, *, as_json: bool) -> None:
    """Show RUN (an id, the beginning of one, or `latest`): its plan beside what really happened."""
    from orchestrator.cli.ledgering import ledger  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.tables import show_run  # noqa: PLC0415  the same
    from orchestrator.store.runs import find_run, read_run  # noqa: PLC0415  the same
    from orchestrator.store.tables.columns import DEFAULT_TENANT  # noqa: PLC0415  the same

    with ledger() as engine, engine.connect() as conn:
        view = read_run(conn, find_run(conn, run, tenant=DEFAULT_TENANT), tenant=DEFAULT_TENANT)
    show_run(view, as_json=as_json)


@command.command("cancel", epilog=examples("lookout runs cancel 01a1fd95 --why 'wrong watchlist'"))
@click.argument("run")
@click.option("--why", default="somebody asked for it", show_default=True)
def cancel_command(run: str, *, why: str) -> int:
    """Cancel RUN: its waiting steps end now, its running ones within two heartbeats."""
    from orchestrator.cli.exits import Exit  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.ledgering import ledger  # noqa: PLC0415  the same
    from orchestrator.cli.terminal import say, show  # noqa: PLC0415  the same
    from orchestrator.ledger.endings import stop_run  # noqa: PLC0415  the same
    from orchestrator.store.runs import find_run  # noqa: PLC0415  the same
    from orchestrator.store.tables.columns import DEFAULT_TENANT  # noqa: PLC0415  the same

    with ledger() as engine, engine.begin() as conn:
        run_id = find_run(conn, run, tenant=DEFAULT_TENANT)
        stopped = stop_run(conn, run_id, state=RunState.CANCELLED, error=why)
    if not stopped:
        say(f"run {run_id} has ended already")
        return Exit.FAILED
    show(f"run {run_id}: cancelled")
    return Exit.OK


@command.command("rerun", epilog=examples("lookout runs rerun latest --wait"))
@click.argument("run")
@click.option("--wait", is_flag=True, help="Wait for the end even where `lookout up` serves the run.")
@click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON to standard output.")
def rerun_command(run: str, *, wait: bool, as_json: bool) -> int:
    """Run the trigger of RUN again, as a new run that names the old one."""
    from orchestrator.cli.ledgering import ledger  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.passing import Wishes, pass_over  # noqa: PLC0415  the same
    from orchestrator.domain.ids import new_run_id  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same
    from orchestrator.store.runs import find_run, read_run  # noqa: PLC0415  the same
    from orchestrator.store.tables.columns import DEFAULT_TENANT  # noqa: PLC0415  the same

    with ledger() as engine, engine.connect() as conn:
        view = read_run(conn, find_run(conn, run, tenant=DEFAULT_TENANT), tenant=DEFAULT_TENANT)
    # A key of its own: the old one would only find the old run.
    trigger = view.trigger.model_copy(update={"key": f"rerun:{new_run_id()}"})
    wishes = Wishes(wait=wait, as_json=as_json, rerun_of=view.id)
    return pass_over(get_settings(), trigger, wishes=wishes)
