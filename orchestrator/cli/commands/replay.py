"""``lookout replay``: outside services as they were recorded, on this machine."""

from pathlib import Path

import click

from orchestrator.cli.group import examples

_EXAMPLES = examples(
    "lookout replay recordings/github.jsonl",
    "lookout replay recordings --port 0 --verbose --skip-broken",
    "lookout replay --incident --act 1",
)


@click.command("replay", epilog=_EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--incident", is_flag=True, help="Play a made-up incident, a worm in packages, in place of recordings.")
@click.option("--act", type=int, metavar="N", help="How much of it has happened: 0 nothing, 1 some, 2 all (default).")
@click.option("--as-of", metavar="TIME", help="When it ends, such as 2026-01-31T12:00Z (default: now).")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine's own.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8917, show_default=True, help="0: any that is free.")
@click.option("--skip-broken", is_flag=True, help="Leave out what cannot be played, and say so, instead of ending.")
@click.option("--verbose", is_flag=True, help="Write a line for each request to standard error.")
@click.option("--json", "as_json", is_flag=True, help="Write address and settings as JSON to standard output.")
def command(
    paths: tuple[Path, ...],
    *,
    incident: bool,
    act: int | None,
    as_of: str | None,
    host: str,
    port: int,
    skip_broken: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Answer as services did, until Ctrl-C: from the recorded exchanges in each PATH, a file or a folder.

    Prints where, and the settings with which `lookout run` in another terminal asks here. Each line of a recording is
    one exchange in JSON. Nothing but this machine can reach it, and every answer says that it is a replay.
    """
    if incident == bool(paths):
        raise click.UsageError("give recordings to play, or --incident, and not both")
    if not incident and (act is not None or as_of is not None):
        raise click.UsageError("--act and --as-of are for --incident")

    from orchestrator.cli.replaying import Stage, play_incident, play_recordings  # noqa: PLC0415  --help needs none

    stage = Stage(host=host, port=port, verbose=verbose, as_json=as_json)
    if incident:
        return play_incident(stage, act=act, as_of=as_of)
    return play_recordings(stage, paths, skip_broken=skip_broken)
