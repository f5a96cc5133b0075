"""``lookout schedules``: what is looked at again, and when."""

from pathlib import Path
from typing import Any

import click

from orchestrator.cli.group import examples


@click.group(
    "schedules", invoke_without_command=True, epilog=examples("lookout schedules", "lookout schedules watch w.yaml")
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, watch, set, pause, resume, remove and run schedules. Beat, which `lookout up` starts, fires them."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command, as_json=False)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write them as JSON.")
def list_command(*, as_json: bool) -> None:
    """List what is looked at again: how often, when next, and what became of the last time. Times are UTC."""
    from orchestrator.cli.ledgering import ledger  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.tables import show_schedules  # noqa: PLC0415  the same
    from orchestrator.local.opening import is_unused  # noqa: PLC0415  the same
    from orchestrator.scheduling.schedules import list_schedules  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same

    if is_unused(get_settings()):
        show_schedules((), as_json=as_json)
        return
    with ledger() as engine, engine.connect() as conn:
        schedules = list_schedules(conn)
    show_schedules(schedules, as_json=as_json)


@command.command("watch", epilog=examples("lookout schedules watch watchlist.yaml"))
@click.argument("watchlist", type=click.Path(path_type=Path))
def watch_command(watchlist: Path) -> None:
    """Watch WATCHLIST from now on; again after editing it. Targets that it no longer has are no longer looked at."""
    from orchestrator.cli.inputs import read_watchlist  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.scheduling import watch_over  # noqa: PLC0415  the same

    watch_over(read_watchlist(watchlist))


@command.command(
    "set",
    epilog=examples(
        "lookout schedules set shop/1d --every 2h",
        "lookout schedules set shop/1d --cron '0 6 * * 1-5' --time-zone Europe/Berlin --catch-up none",
        "lookout schedules set shop/1d --reset",
    ),
)
@click.argument("name")
@click.option("--every", metavar="AGE", help="How old its data may get, such as 2h.")
@click.option("--cron", metavar="EXPR", help="Times of the clock in place of an age.")
@click.option("--time-zone", metavar="ZONE", help="The zone of those times, such as Europe/Berlin.")
@click.option("--jitter", metavar="SHARE", help="By what share of its age it may come earlier, 0 to 0.5.")
@click.option("--catch-up", metavar="POLICY", help="What becomes of missed occurrences: once, all or none.")
@click.option("--tier", metavar="TIER", help="How much its targets matter.")
@click.option("--reset", is_flag=True, help="Let it be as its watchlist says again.")
def set_command(name: str, *, reset: bool, **given: Any) -> None:  # noqa: ANN401  the options above, by their names
    """Change the schedule NAME at once, whatever its watchlist says, until it is reset."""
    from orchestrator.cli.adjusting import adjust_by  # noqa: PLC0415  --help needs none of it

    adjust_by(name, given={key: value for key, value in given.items() if value is not None}, reset_it=reset)


@command.command("pause")
@click.argument("name")
def pause_command(name: str) -> None:
    """Let the schedule NAME fire no more, until it is resumed."""
    from orchestrator.cli.scheduling import change  # noqa: PLC0415  --help needs none of it
    from orchestrator.scheduling.schedules import pause  # noqa: PLC0415  the same

    change(name, by=pause, done="paused")


@command.command("resume")
@click.argument("name")
def resume_command(name: str) -> None:
    """Let the schedule NAME fire again: at once where it fell due meanwhile."""
    from orchestrator.cli.scheduling import change  # noqa: PLC0415  --help needs none of it
    from orchestrator.scheduling.schedules import resume  # noqa: PLC0415  the same

    change(name, by=resume, done="resumed")


@command.command("remove")
@click.argument("name")
def remove_command(name: str) -> None:
    """Forget the schedule NAME; its runs stay, and watching its file again makes it anew."""
    from orchestrator.cli.scheduling import change  # noqa: PLC0415  --help needs none of it
    from orchestrator.scheduling.schedules import remove  # noqa: PLC0415  the same

    change(name, by=remove, done="removed")


@command.command("run", epilog=examples("lookout schedules run NAME --wait"))
@click.argument("name")
@click.option("--wait", is_flag=True, help="Wait for the end even where `lookout up` serves the run.")
@click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON to standard output.")
def run_command(name: str, *, wait: bool, as_json: bool) -> int:
    """Fire the schedule NAME now, paused or not.

    What is looked at by age is next looked at that age from now. Times of the clock keep their next time, and so does
    what catches up with all that was missed.
    """
    from orchestrator.cli.passing import Wishes  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.scheduling import fire  # noqa: PLC0415  the same

    return fire(name, wishes=Wishes(wait=wait, as_json=as_json))
