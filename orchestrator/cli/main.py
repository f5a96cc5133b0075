"""The ``lookout`` command: it parses, calls and renders. Each command imports what it needs when it is called."""

import sys
from importlib import import_module
from typing import Any

import click

from orchestrator.cli.exits import Exit

_COMMANDS = {
    "demo": "orchestrator.cli.commands.demo",
    "up": "orchestrator.cli.commands.up",
    "plan": "orchestrator.cli.commands.plan",
    "run": "orchestrator.cli.commands.run",
    "trigger": "orchestrator.cli.commands.trigger",
    "runs": "orchestrator.cli.commands.runs",
    "report": "orchestrator.cli.commands.report",
    "schedules": "orchestrator.cli.commands.schedules",
    "doctor": "orchestrator.cli.commands.doctor",
    "settings": "orchestrator.cli.commands.settings",
    "migrate": "orchestrator.cli.commands.migrate",
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is named, so that ``lookout --help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's own signature
        """Return the commands in the order in which a newcomer meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  the same
        """Return a command, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name]).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, Any]:
        """Return the command that the arguments name, and say which was probably meant where there is none."""
        from difflib import get_close_matches  # noqa: PLC0415  only for typing errors

        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}.{hint} `lookout --help` lists them.", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lookout")
def cli() -> None:
    """Watch the technology ecosystem that your team depends on.

    Start with `lookout demo`, then `lookout run WATCHLIST`. Results go to standard output, everything else to standard
    error. Exit codes: 0 ok, 1 failed, 2 wrong usage or bad input, 3 partial, 4 findings at or above --fail-on,
    130 interrupted.
    """
    from orchestrator.settings import get_settings  # noqa: PLC0415  --help needs none of it
    from orchestrator.telemetry import configure_logging  # noqa: PLC0415  the same

    settings = get_settings()
    chosen = "log_level" in settings.origins
    configure_logging(settings if chosen else settings.model_copy(update={"log_level": "WARNING"}))


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    """Run a command; return its exit code, whatever happens."""
    from orchestrator.cli.faults import TROUBLE, words  # noqa: PLC0415  --help needs none of it

    try:
        result = cli.main(args=arguments, prog_name="lookout", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.OK
    except TROUBLE as error:
        for line in words(error).splitlines():
            click.echo(f"lookout: {line}", err=True)
        return Exit.USAGE
    return int(result) if isinstance(result, int) else Exit.OK
