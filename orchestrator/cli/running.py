"""One command, from its words to its exit code."""

from collections.abc import Sequence

import click

from orchestrator.cli.group import cli


def run(arguments: Sequence[str]) -> int:
    """Run a command; return its exit code. BrokenPipeError passes: nobody reads any more."""
    try:
        result = cli.main(args=list(arguments), prog_name="lookout", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return 130
    return int(result) if isinstance(result, int) else 0
