"""``lookout run``: one look at everything on a watchlist."""

from pathlib import Path

import click

from agents.contract import Severity
from orchestrator.cli.group import examples

_SEVERITIES = [str(severity) for severity in Severity]
_EXAMPLES = examples(
    "lookout run watchlist.yaml",
    "lookout run watchlist.yaml --fail-on high --output report",
    "lookout run watchlist.yaml --wait --json | jq .state",
)


@click.command("run", epilog=_EXAMPLES)
@click.argument("watchlist", type=click.Path(path_type=Path))
@click.option("--wait", is_flag=True, help="Wait for the end even where `lookout up` serves the run.")
@click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON to standard output.")
@click.option("--look", multiple=True, metavar="WHAT", help="Look only at this: health, exposure. May be repeated.")
@click.option(
    "--fail-on", type=click.Choice(_SEVERITIES), help="Wait, and exit with 4 where a finding is at least this severe."
)
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Wait, and write the report's files here."
)
def command(
    watchlist: Path, *, wait: bool, as_json: bool, look: tuple[str, ...], fail_on: str | None, output: Path | None
) -> int:
    """Look once at everything on WATCHLIST and report.

    Where nobody runs `lookout up` on this home, this command starts the servers and workers itself, waits for the run,
    and stops them again. Where somebody does, it hands the run over and prints its id.
    """
    from orchestrator.cli.inputs import monitor_trigger, read_watchlist  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.passing import Wishes, pass_over  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same

    read = read_watchlist(watchlist)
    limit = Severity(fail_on) if fail_on else read.fail_on
    # What is asked of the end asks for the end.
    waits = wait or fail_on is not None or output is not None
    wishes = Wishes(wait=waits, as_json=as_json, fail_on=limit, output=output)
    return pass_over(get_settings(), monitor_trigger(read, look=look), wishes=wishes)
