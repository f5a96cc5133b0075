"""``lookout settings``: every limit and switch, its value, and where it came from."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.group import examples

if TYPE_CHECKING:
    from orchestrator.settings import SettingRow, Settings


@click.command("settings", epilog=examples("lookout settings", "LOOKOUT_LEASE_SECONDS=20 lookout settings --json"))
@click.option("--json", "as_json", is_flag=True, help="Write them as JSON.")
def command(*, as_json: bool) -> None:
    """Show the effective settings and where each came from. Secrets are never shown."""
    from orchestrator.cli.tables import show_table  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.terminal import for_people, say, screen, show, show_json  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings, provenance, unknown_environment  # noqa: PLC0415  the same

    settings = get_settings()
    rows = provenance(settings)
    for unknown in unknown_environment():
        say(f"{unknown.name} is no setting" + (f": did you mean {unknown.meant}?" if unknown.meant else ""))
    if as_json:
        show_json([_typed(row, settings) for row in rows])
    elif for_people(screen()):
        cells = ((row.name, row.value, row.source, row.description) for row in rows)
        show_table(("setting", "value", "from", "what it is"), cells, empty="")
    else:
        for row in rows:
            show(f"{row.name} = {row.value}  # {row.source}")


def _typed(row: "SettingRow", settings: "Settings") -> dict[str, Any]:
    """Return a setting for JSON: numbers and switches as such, what is not set as null, all else as people see it."""
    value = getattr(settings, row.name)
    plain = value is None or isinstance(value, bool | int | float)
    return {**asdict(row), "value": value if plain else row.value}
