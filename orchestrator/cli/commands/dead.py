"""``lookout dead``: steps that failed for good, and what is done about them."""

import click

from orchestrator.cli.group import examples

_REASONS = ("bad_evidence", "failures", "losses", "out_of_time")
_AGENT = click.option("--agent", metavar="AGENT", help="Only those of one agent.")
_REASON = click.option("--reason", type=click.Choice(_REASONS), help="Only those with one reason.")
_AS = click.option("--as", "who", metavar="NAME", help="Who does it; by default the user of this machine.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")


@click.group("dead")
def command() -> None:
    """List, show, requeue and drop dead letters: steps that failed for good. ID is a dead letter's number."""


@command.command("list", epilog=examples("lookout dead list", "lookout dead list --agent security --reason losses"))
@_AGENT
@_REASON
@click.option("--settled", is_flag=True, help="Those that were requeued or dropped as well.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@_JSON
def list_command(*, agent: str | None, reason: str | None, settled: bool, limit: int, as_json: bool) -> None:
    """List dead letters, the newest first. Times are UTC."""
    from orchestrator.cli.burying import show_all  # noqa: PLC0415  --help needs none of it

    show_all(agent=agent, reason=reason, settled=settled, limit=limit, as_json=as_json)


@command.command("show", epilog=examples("lookout dead show 12"))
@click.argument("letter", metavar="ID", type=click.IntRange(1))
@_JSON
def show_command(letter: int, *, as_json: bool) -> None:
    """Show one dead letter: every attempt with its error, and how to go on."""
    from orchestrator.cli.burying import show_one  # noqa: PLC0415  --help needs none of it

    show_one(letter, as_json=as_json)


@command.command("requeue", epilog=examples("lookout dead requeue 12 14", "lookout dead requeue --agent github --all"))
@click.argument("letters", metavar="[ID]...", nargs=-1, type=click.IntRange(1))
@click.option("--all", "everything", is_flag=True, help="All open ones, or all of --agent and --reason.")
@_AGENT
@_REASON
@_AS
@_JSON
def requeue_command(
    letters: tuple[int, ...],
    *,
    everything: bool,
    agent: str | None,
    reason: str | None,
    who: str | None,
    as_json: bool,
) -> int:
    """Have the steps done again, each in a new run to which the other results of its run are carried over.

    The same dead letter requeued twice is one run.
    """
    from orchestrator.cli.burying import requeue_all, requeue_each  # noqa: PLC0415  --help needs none of it

    if bool(letters) == everything:
        raise click.UsageError("name dead letters by ID, or say --all")
    if not everything and (agent or reason):
        raise click.UsageError("--agent and --reason choose among --all: leave them out, or the IDs")
    if everything:
        return requeue_all(agent=agent, reason=reason, who=who, as_json=as_json)
    return requeue_each(letters, who=who, as_json=as_json)


@command.command("drop", epilog=examples("lookout dead drop 12 --why 'the repository is gone'"))
@click.argument("letter", metavar="ID", type=click.IntRange(1))
@click.option("--why", required=True, help="The reason; it is kept with the dead letter.")
@_AS
def drop_command(letter: int, *, why: str, who: str | None) -> None:
    """Note that nobody will do the step again; the dead letter stays on record."""
    from orchestrator.cli.burying import drop_one  # noqa: PLC0415  --help needs none of it

    drop_one(letter, why=why, who=who)
