"""``lookout approvals``: what waits for a person, and answering it."""

import click

from orchestrator.cli.group import examples

_WHY = click.option("--why", default="", help="The reason; it is kept with the answer.")
_AS = click.option("--as", "who", metavar="NAME", help="Who answers; by default the user of this machine.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")


@click.group(
    "approvals", epilog=examples("lookout approvals list", "lookout approvals approve k7m2qx --why 'seen by the team'")
)
def command() -> None:
    """List what waits for a person, approve, reject and answer. ID is an id, or the beginning of one."""


@command.command("list", epilog=examples("lookout approvals list", "lookout approvals list --all --json"))
@click.option("--all", "everything", is_flag=True, help="What was answered, or is over, as well.")
@_JSON
def list_command(*, everything: bool, as_json: bool) -> None:
    """List what waits for an answer: first what was escalated, then the oldest. Times are UTC."""
    from orchestrator.cli.approving import show_all  # noqa: PLC0415  --help needs none of it

    show_all(everything=everything, as_json=as_json)


@command.command("show", epilog=examples("lookout approvals show k7m2qx", "lookout approvals show k7m2qx --report"))
@click.argument("name", metavar="ID")
@click.option("--report", is_flag=True, help="Show the report that waits for the approval, for whoever decides.")
@_JSON
def show_command(name: str, *, report: bool, as_json: bool) -> int:
    """Show all that is known of one question."""
    from orchestrator.cli.approving import show_one, show_report  # noqa: PLC0415  --help needs none of it

    return show_report(name) if report else show_one(name, as_json=as_json)


@command.command("approve", epilog=examples("lookout approvals approve k7m2qx --why 'seen by the team'"))
@click.argument("name", metavar="ID")
@_WHY
@_AS
@_JSON
def approve_command(name: str, *, why: str, who: str | None, as_json: bool) -> int:
    """Say yes to what waits for an approval."""
    from orchestrator.cli.approving import approve  # noqa: PLC0415  --help needs none of it

    return approve(name, why=why, who=who, as_json=as_json)


@command.command("reject", epilog=examples("lookout approvals reject k7m2qx --why 'the advisory is withdrawn'"))
@click.argument("name", metavar="ID")
@_WHY
@_AS
@_JSON
def reject_command(name: str, *, why: str, who: str | None, as_json: bool) -> int:
    """Say no to what waits for an approval."""
    from orchestrator.cli.approving import reject  # noqa: PLC0415  --help needs none of it

    return reject(name, why=why, who=who, as_json=as_json)


@command.command("answer", epilog=examples("lookout approvals answer k7m2qx 'release 3.2' --as ada"))
@click.argument("name", metavar="ID")
@click.argument("value", metavar="ANSWER")
@_WHY
@_AS
@_JSON
def answer_command(name: str, value: str, *, why: str, who: str | None, as_json: bool) -> int:
    """Answer a question; where it has choices, with one of them."""
    from orchestrator.cli.approving import reply  # noqa: PLC0415  --help needs none of it

    return reply(name, value=value, why=why, who=who, as_json=as_json)
