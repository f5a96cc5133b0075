"""``lookout quarantine``: what could not be read, and what is done about it."""

import click

from orchestrator.cli.group import examples

_TARGET = click.option("--target", metavar="TARGET", help="Only those of one target, such as feed:https://...")
_SOURCE = click.option("--source", metavar="SOURCE", help="Only those of one source, such as osv.")
_KEY = click.option("--key", metavar="KEY", help="Only the one of that key.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")


@click.group(
    "quarantine", invoke_without_command=True, epilog=examples("lookout quarantine", "lookout quarantine show TARGET")
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, show, replay and drop what could not be read. TARGET is a target's id, as the list shows it."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command, target=None, source=None, limit=100, as_json=False)


@command.command("list", epilog=examples("lookout quarantine list", "lookout quarantine list --source osv --json"))
@_TARGET
@_SOURCE
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@_JSON
def list_command(*, target: str | None, source: str | None, limit: int, as_json: bool) -> None:
    """List what could not be read, the newest first. Times are UTC."""
    from orchestrator.cli.quarantining import show_all  # noqa: PLC0415  --help needs none of it

    show_all(target=target, source=source, limit=limit, as_json=as_json)


@command.command("show", epilog=examples("lookout quarantine show git:/srv/flask --source git"))
@click.argument("target", metavar="TARGET")
@_SOURCE
@_KEY
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@_JSON
def show_command(target: str, *, source: str | None, key: str | None, limit: int, as_json: bool) -> None:
    """Show what could not be read of TARGET: the reason, the run that met it, and how it begins."""
    from orchestrator.cli.quarantining import show_some  # noqa: PLC0415  --help needs none of it

    show_some(target, source=source, key=key, limit=limit, as_json=as_json)


@command.command(
    "replay",
    epilog=examples("lookout quarantine replay git:/srv/flask", "lookout quarantine replay TARGET --source osv --wait"),
)
@click.argument("target", metavar="TARGET")
@_SOURCE
@click.option("--wait", is_flag=True, help="Wait for the end even where `lookout up` serves the run.")
@click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON to standard output.")
def replay_command(target: str, *, source: str | None, wait: bool, as_json: bool) -> int:
    """Have TARGET, or one source of it, read again from its beginning, once the data or Lookout was mended.

    It starts a run about TARGET alone, as the last run that had it knew it. What was collected stays; what can still
    not be read is put aside again. Asked twice about the same items, it is one run.
    """
    from orchestrator.cli.passing import Wishes  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.quarantining import read_again  # noqa: PLC0415  the same

    return read_again(target, source=source, wishes=Wishes(wait=wait, as_json=as_json))


@command.command(
    "drop", epilog=examples("lookout quarantine drop git:/srv/flask --key 1a2b3c", "lookout quarantine drop --all")
)
@click.argument("target", metavar="[TARGET]", required=False)
@_SOURCE
@_KEY
@click.option("--all", "everything", is_flag=True, help="Of all targets, or of all of --source.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop_command(target: str | None, *, source: str | None, key: str | None, everything: bool, yes: bool) -> int:
    """Forget what could not be read of TARGET. Nothing is read again; what a run meets again comes back."""
    from orchestrator.cli.quarantining import drop_some  # noqa: PLC0415  --help needs none of it

    if (target is not None) == everything:
        raise click.UsageError("name a TARGET, or say --all")
    return drop_some(target, source=source, key=key, yes=yes)
