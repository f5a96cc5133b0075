"""``lookout doctor``: how every part is, and how to mend it."""

import click

from orchestrator.cli.group import examples


@click.command(
    "doctor", epilog=examples("lookout doctor", "lookout doctor --json | jq '.checks[] | select(.verdict != \"ok\")'")
)
@click.option("--json", "as_json", is_flag=True, help="Write the checks as JSON.")
def command(*, as_json: bool) -> int:
    """Check every part of this installation and say how to mend it; exit with 1 where something failed.

    Nothing is started and nothing is changed.
    """
    from orchestrator.cli.diagnosis import tell  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.exits import Exit  # noqa: PLC0415  the same
    from orchestrator.doctor.examination import examine, healthy  # noqa: PLC0415  the same

    checks = tell(examine(), as_json=as_json)
    return Exit.OK if healthy(checks) else Exit.FAILED
