"""``lookout up``: the whole stack on one machine."""

from pathlib import Path

import click

from orchestrator.cli.group import examples


@click.command("up", epilog=examples("lookout up", "lookout up --watchlist watchlist.yaml --flower"))
@click.option(
    "--watchlist", "watchlists", multiple=True, type=click.Path(path_type=Path), help="Watch this file from now on."
)
@click.option("--flower", is_flag=True, help="Start Flower as well, on the loopback interface.")
def command(*, watchlists: tuple[Path, ...], flower: bool) -> int:
    """Run Postgres, Valkey, the workers and beat on this machine until Ctrl-C.

    Servers that DATABASE_URL and CELERY_BROKER_URL name are used instead of the embedded ones. The schema is brought up
    to date first. Steps at work are given back or finished when it stops; a second Ctrl-C ends everything at once.
    """
    from orchestrator.cli.standing import stand  # noqa: PLC0415  --help needs none of it
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same

    return stand(get_settings(), watchlists=watchlists, flower=flower)
