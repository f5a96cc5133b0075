"""``lookout settings``: every limit and switch, its value, and where it came from."""

import click


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="Write them as JSON.")
def command(*, as_json: bool) -> None:
    """Show the effective settings and where each came from. Secrets are never shown."""
    from dataclasses import asdict  # noqa: PLC0415  --help needs none of it

    from rich.table import Table  # noqa: PLC0415  --help needs none of it

    from orchestrator.cli.terminal import screen, show, show_json  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings, provenance  # noqa: PLC0415  the same

    rows = provenance(get_settings())
    if as_json:
        show_json([asdict(row) for row in rows])
    elif screen().is_terminal:
        table = Table("setting", "value", "from", "what it is", box=None, header_style="bold")
        for row in rows:
            table.add_row(row.name, str(row.value), row.source, row.description)
        screen().print(table)
    else:
        for row in rows:
            show(f"{row.name} = {row.value}  # {row.source}")
