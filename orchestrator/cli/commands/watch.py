"""``lookout watch``: a watchlist from a project's own lock files."""

from pathlib import Path

import click

from orchestrator.cli.group import examples


@click.command(
    "watch", epilog=examples("lookout watch .", "lookout watch ~/shop --output shop.yaml", "lookout watch . --offline")
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write it into this new file.")
@click.option("--packages", is_flag=True, help="Watch each package that the project names itself as well.")
@click.option("--offline", is_flag=True, help="Name no outside service in it: advisories come from a folder then.")
def command(folder: Path, *, output: Path | None, packages: bool, offline: bool) -> None:
    """Make a watchlist of what the project in FOLDER uses, and write it to standard output.

    It has the project's clone where it is one, its lock files and manifests, and the services that know of flaws.
    """
    from orchestrator.cli.surveying import survey  # noqa: PLC0415  --help needs none of it

    survey(folder, output=output, packages=packages, offline=offline)
