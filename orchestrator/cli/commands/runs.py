"""``lookout runs``: what ran, how it went, cancel it, do it again."""

from typing import Any

import click

from orchestrator.cli.group import examples
from orchestrator.domain.runs import RunState


@click.group("runs")
def command() -> None:
    """List, show, change, pause, cancel and rerun runs."""


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


@command.command("show", epilog=examples("lookout runs show", "lookout runs show 01a1fd95 --attempts"))
@click.argument("run", default="latest")
@click.option("--attempts", is_flag=True, help="Show every attempt at every step in place of the plan.")
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
def show_command(run: str, *, attempts: bool, as_json: bool) -> None:
    """Show RUN (an id, the beginning of one, or `latest`): its plan beside what really happened."""
    from orchestrator.cli.comparing import show_attempts  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.ledgering import ledger  # noqa: PLC0415  the same
    from orchestrator.cli.people import of_run  # noqa: PLC0415  the same
    from orchestrator.cli.tables import show_run  # noqa: PLC0415  the same
    from orchestrator.store.runs import find_run, read_run  # noqa: PLC0415  the same
    from orchestrator.store.tables.columns import DEFAULT_TENANT  # noqa: PLC0415  the same

    with ledger() as engine, engine.connect() as conn:
        view = read_run(conn, find_run(conn, run, tenant=DEFAULT_TENANT), tenant=DEFAULT_TENANT)
        people = of_run(conn, view.id)
    if attempts:
        show_attempts(view, as_json=as_json)
    else:
        show_run(view, people=people, as_json=as_json)


@command.command(
    "diff",
    epilog=examples(
        "lookout runs diff latest",
        "lookout runs diff 01a1fd95 01a1fe02 --json",
        "lookout runs diff latest --step report",
    ),
)
@click.argument("run")
@click.argument("other", required=False)
@click.option("--step", metavar="STEP", help="Compare the attempts at one step, each with the one before it.")
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
def diff_command(run: str, other: str | None, *, step: str | None, as_json: bool) -> None:
    """Show what OTHER has that RUN had not: findings, steps, confidence, time.

    Without OTHER, a rerun is compared with the run that it does again, and any other with its last rerun.
    """
    from orchestrator.cli.comparing import compare, compare_attempts  # noqa: PLC0415  --help needs none of it

    if step is None:
        compare(run, other, as_json=as_json)
    else:
        compare_attempts(run, other, step=step, as_json=as_json)


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


@command.command("pause", epilog=examples("lookout runs pause 01a1fd95 --why 'the source is being moved'"))
@click.argument("run")
@click.option("--why", default="somebody asked for it", show_default=True)
def pause_command(run: str, *, why: str) -> int:
    """Pause RUN: no step of it begins, its running ones stop within two heartbeats, its deadline stands still."""
    from orchestrator.cli.controlling import pause  # noqa: PLC0415  --help needs none of it

    return pause(run, why=why)


@command.command("resume", epilog=examples("lookout runs resume 01a1fd95"))
@click.argument("run")
def resume_command(run: str) -> int:
    """Let a paused RUN go on; its deadline moves by as long as it was paused."""
    from orchestrator.cli.controlling import resume  # noqa: PLC0415  --help needs none of it

    return resume(run)


@command.command(
    "change",
    epilog=examples(
        "lookout runs change 01a1fd95 --drop 'analyse:health/flask-1a2b3c' --why 'not of interest'",
        "lookout runs change latest --add 'analyse:exposure target=flask' --deadline 2026-03-01T18:00Z",
        "lookout runs change latest --priority critical --deadline 2h",
        "lookout runs change latest --hold",
    ),
)
@click.argument("run")
@click.option("--drop", multiple=True, metavar="STEP", help="Leave out a step that has not begun. May be repeated.")
@click.option(
    "--add",
    multiple=True,
    metavar="STEP",
    help="Add a step: a capability, then target=, agent=, needs=STEP,STEP, name=. May be repeated.",
)
@click.option("--priority", metavar="PRIORITY", help="Move what has not begun: critical, high, normal or low.")
@click.option("--deadline", metavar="WHEN", help="Move the deadline: 30m or 2h from now, or an ISO time.")
@click.option("--hold/--release", default=None, help="Let the result wait for an approval, or let it go out.")
@click.option("--why", default="", help="The reason; it is kept with the change.")
@click.option("--as", "who", metavar="NAME", help="Who changes it; by default the user of this machine.")
def change_command(run: str, **wishes: Any) -> int:  # noqa: ANN401  the options above, by the names of the wishes
    """Change RUN while it is under way: all that is asked for, or nothing."""
    from orchestrator.cli.changing import Wishes, change  # noqa: PLC0415  --help needs none of it

    return change(run, wishes=Wishes(**wishes))


@command.command(
    "rerun", epilog=examples("lookout runs rerun latest --wait", "lookout runs rerun 01a1fd95 --from report")
)
@click.argument("run")
@click.option(
    "--from", "step", metavar="STEP", help="Do only this step, what gave no result, and what comes after, anew."
)
@click.option("--wait", is_flag=True, help="Wait for the end even where `lookout up` serves the run.")
@click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON to standard output.")
def rerun_command(run: str, *, step: str | None, wait: bool, as_json: bool) -> int:
    """Run the trigger of RUN again, as a new run that names the old one."""
    from orchestrator.cli.ledgering import ledger  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.passing import Wishes, do_again, pass_over  # noqa: PLC0415  the same
    from orchestrator.domain.ids import new_run_id  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same
    from orchestrator.store.runs import find_run, read_run  # noqa: PLC0415  the same
    from orchestrator.store.tables.columns import DEFAULT_TENANT  # noqa: PLC0415  the same

    with ledger() as engine, engine.connect() as conn:
        view = read_run(conn, find_run(conn, run, tenant=DEFAULT_TENANT), tenant=DEFAULT_TENANT)
    wishes = Wishes(wait=wait, as_json=as_json, rerun_of=view.id)
    if step is not None:
        return do_again(get_settings(), view.id, step=step, wishes=wishes)
    # A key of its own: the old one would only find the old run.
    trigger = view.trigger.model_copy(update={"key": f"rerun:{new_run_id()}"})
    return pass_over(get_settings(), trigger, wishes=wishes)
