"""``lookout demo``: a real pass over what is at hand, and one over a replayed incident; nothing is left but reports."""

from pathlib import Path

import click

from orchestrator.cli.group import examples

_EXAMPLES = examples(
    "lookout demo",
    "lookout demo --no-open --output report",
    "lookout demo --only incident",
    "lookout demo --json | jq .incident.findings",
)


@click.command("demo", epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON to standard output.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for the report's files.")
@click.option(
    "--only", type=click.Choice(["repository", "incident"]), help="Only one of the two (default: both, one by one)."
)
@click.option("--open/--no-open", "wanted", default=None, help="Open the report in a browser (default: on a desktop).")
def command(*, as_json: bool, output: Path | None, only: str | None, wanted: bool | None) -> int:
    """Look at the history of the current folder and at the packages that Lookout itself runs on; then at an incident.

    The incident, a worm in packages, is made up: a server on this machine plays it to the real sources, and whatever
    comes of it is labelled as a replay. Needs no keys, no network and no servers: Postgres and Valkey are started from
    their packages and stopped again.
    """
    from orchestrator.cli.demonstrating import demonstrate  # noqa: PLC0415  --help needs none of it

    return demonstrate(as_json=as_json, output=output, only=only, wanted=wanted)
