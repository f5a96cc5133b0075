"""``lookout report``: the report of a run, again."""

from pathlib import Path

import click

from orchestrator.cli.group import examples

_FORMATS = {"html": "report.html", "md": "report.md", "json": "report.json"}
_EXAMPLES = examples("lookout report", "lookout report 01a1fd95 --format html -o report.html")


@click.command("report", epilog=_EXAMPLES)
@click.argument("run", default="latest")
@click.option("--format", "form", type=click.Choice(list(_FORMATS)), default="md", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of the screen.")
def command(run: str, *, form: str, output: Path | None) -> int:
    """Write the report of RUN (an id, the beginning of one, or `latest`).

    Exits with 1 where the result is held until somebody approves it, and says how it is let go.
    """
    from orchestrator.cli.exits import Exit  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.ledgering import ledger  # noqa: PLC0415  the same
    from orchestrator.cli.outcome import write_whole  # noqa: PLC0415  the same
    from orchestrator.cli.terminal import say  # noqa: PLC0415  the same
    from orchestrator.oversight.withheld import check_shown  # noqa: PLC0415  the same
    from orchestrator.store.findings import read_artifact  # noqa: PLC0415  the same
    from orchestrator.store.runs import find_run  # noqa: PLC0415  the same
    from orchestrator.store.tables.columns import DEFAULT_TENANT  # noqa: PLC0415  the same

    with ledger() as engine, engine.connect() as conn:
        run_id = find_run(conn, run, tenant=DEFAULT_TENANT)
        check_shown(conn, run_id)
        made = read_artifact(conn, run_id, name=_FORMATS[form])
    if made is None:
        say(f"run {run_id} made no report: `lookout runs show {run_id}` says how far it came")
        return Exit.FAILED
    if output is None:
        click.echo(made[1], nl=not made[1].endswith("\n"))
    else:
        write_whole(output, made[1])
        say(f"report: {output}")
    return Exit.OK
