"""``lookout actions``: what findings set off, who decided it, and taking it back."""

from pathlib import Path

import click

from orchestrator.cli.group import examples
from orchestrator.domain.responses import ActionState

_JSON = click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")


@click.group("actions", epilog=examples("lookout actions list", "lookout actions rehearse latest"))
def command() -> None:
    """List, show, undo, retry and rehearse what findings set off. ID is an id, or the beginning of one."""


@command.command("list", epilog=examples("lookout actions list", "lookout actions list --state waiting --json"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--state", "states", multiple=True, type=click.Choice([str(state) for state in ActionState]))
@_JSON
def list_command(*, limit: int, states: tuple[str, ...], as_json: bool) -> None:
    """List actions, newest first. Times are UTC."""
    from orchestrator.cli.acting import show_actions  # noqa: PLC0415  --help needs none of it

    show_actions(limit=limit, states=states, as_json=as_json)


@command.command("show", epilog=examples("lookout actions show act-3f0c"))
@click.argument("name", metavar="ID")
@_JSON
def show_command(name: str, *, as_json: bool) -> None:
    """Show one action: what, why, and who decided what about it."""
    from orchestrator.cli.acting import show_action  # noqa: PLC0415  --help needs none of it

    show_action(name, as_json=as_json)


@command.command("undo", epilog=examples("lookout actions undo act-3f0c --why 'a false alarm'"))
@click.argument("name", metavar="ID")
@click.option("--why", default="", help="The reason; it is kept in the audit.")
def undo_command(name: str, *, why: str) -> None:
    """Take back what an action changed about a target. Calls and runs cannot be taken back."""
    from orchestrator.cli.acting import undo_action  # noqa: PLC0415  --help needs none of it

    undo_action(name, why=why)


@command.command("retry", epilog=examples("lookout actions retry act-3f0c --why 'the receiver is back'"))
@click.argument("name", metavar="ID")
@click.option("--why", default="", help="The reason; it is kept in the audit.")
def retry_command(name: str, *, why: str) -> None:
    """Try an action again that failed for good, under the same id."""
    from orchestrator.cli.acting import retry_action  # noqa: PLC0415  --help needs none of it

    retry_action(name, why=why)


@command.command(
    "rehearse", epilog=examples("lookout actions rehearse", "lookout actions rehearse latest --watchlist team.yaml")
)
@click.argument("run", default="latest")
@click.option("--watchlist", type=click.Path(path_type=Path), help="Use the rules of this file, not the run's own.")
@_JSON
def rehearse_command(run: str, *, watchlist: Path | None, as_json: bool) -> None:
    """Show what rules would do about what RUN found. Nothing is written down, and nobody is called."""
    from orchestrator.cli.acting import show_rehearsal  # noqa: PLC0415  --help needs none of it

    show_rehearsal(run, watchlist=watchlist, as_json=as_json)
