"""``lookout sources``: how fresh each source of each target is, and how much of it was seen."""

import click

from orchestrator.cli.group import examples


@click.command("sources", epilog=examples("lookout sources", "lookout sources --target git:/srv/flask --json"))
@click.option("--target", metavar="TARGET", help="Only those of one target, by its id.")
@click.option("--source", metavar="SOURCE", help="Only one source, such as osv.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
def command(*, target: str | None, source: str | None, limit: int, as_json: bool) -> None:
    """Show when each source of each target was last read, and what its last look saw, the worst first.

    Late is what is older than its target's max_age. Failed and partial ones say why. Times are UTC.
    """
    from orchestrator.cli.sourcing import show_sources  # noqa: PLC0415  --help needs none of it

    show_sources(target=target, source=source, limit=limit, as_json=as_json)
