"""``lookout watchlist``: check a watchlist, add to it, and see what it costs."""

from pathlib import Path

import click

from orchestrator.cli.group import examples

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(
    "watchlist",
    epilog=examples(
        "lookout watchlist check watchlist.yaml",
        "lookout watchlist add watchlist.yaml https://github.com/pallets/flask --tier critical",
        "lookout watchlist cost watchlist.yaml",
    ),
)
def command() -> None:
    """Check a watchlist, add a target to it, and see what it costs at outside services."""


@command.command("check", epilog=examples("lookout watchlist check watchlist.yaml --online"))
@click.argument("watchlist", type=_FILE)
@click.option("--online", is_flag=True, help="Ask too whether each repository and feed is there.")
@click.option("--json", "as_json", is_flag=True, help="Write what was found as JSON.")
def check_command(watchlist: Path, *, online: bool, as_json: bool) -> None:
    """Say everything that is wrong with WATCHLIST: its words, its places, and what nobody could look at.

    Exits with 2 where anything is. Nothing is started, and without --online nobody is asked.
    """
    from orchestrator.cli.listing import check  # noqa: PLC0415  --help needs none of it

    check(watchlist, online=online, as_json=as_json)


@command.command(
    "add",
    epilog=examples(
        "lookout watchlist add watchlist.yaml pallets/flask",
        "lookout watchlist add watchlist.yaml package:pypi/flask --tier critical --max-age 6h",
        "lookout watchlist add watchlist.yaml requirements.lock --name 'the shop'",
    ),
)
@click.argument("watchlist", type=_FILE)
@click.argument("target")
@click.option("--name", help="What people call it.")
@click.option("--tier", help="How much it matters: critical, tech_stack, infrastructure, tools.")
@click.option("--max-age", "max_age", help="How old its data may get, such as 6h.")
@click.option("--look", multiple=True, metavar="WHAT", help="Look only at this: health, exposure. May be repeated.")
def add_command(
    watchlist: Path, target: str, *, name: str | None, tier: str | None, max_age: str | None, look: tuple[str, ...]
) -> None:
    """Add TARGET to WATCHLIST, which is made where it is not there; everything else in it stays as it is written.

    TARGET is KIND:PLACE, a pasted address, OWNER/NAME of a repository on GitHub, or a path.
    """
    from orchestrator.cli.listing import add  # noqa: PLC0415  --help needs none of it

    said = {"name": name, "tier": tier, "max_age": max_age, "look": list(look)}
    add(watchlist, target, said={key: value for key, value in said.items() if value})


@command.command("cost", epilog=examples("lookout watchlist cost watchlist.yaml --json"))
@click.argument("watchlist", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Write the figures as JSON.")
def cost_command(watchlist: Path, *, as_json: bool) -> None:
    """Show how many requests WATCHLIST asks of each service, and whether that fits into what it allows an hour."""
    from orchestrator.cli.listing import cost  # noqa: PLC0415  --help needs none of it

    cost(watchlist, as_json=as_json)
