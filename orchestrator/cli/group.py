"""The ``lookout`` command: it parses, calls and renders. Each command is imported when it is called."""

from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "demo": "A real pass over what is at hand; needs no keys, no network and no servers.",
    "up": "Run Postgres, Valkey, the workers and beat on this machine until Ctrl-C.",
    "watch": "Make a watchlist from a project's own lock files.",
    "watchlist": "Check a watchlist, add to it, and see what it costs.",
    "plan": "Show what would be done, before anything is.",
    "run": "Look once at everything on a watchlist and report.",
    "trigger": "Send one trigger by hand.",
    "runs": "List, show, compare, pause, cancel and rerun runs.",
    "approvals": "What waits for a person: list, show, approve, reject, answer.",
    "actions": "What findings set off: list, show, undo, rehearse.",
    "dead": "Steps that failed for good: list, show, requeue, drop.",
    "quarantine": "What could not be read: list, show, replay, drop.",
    "sources": "How fresh each source of each target is, and how much of it was seen.",
    "report": "Write the report of a run again.",
    "replay": "Play recorded exchanges with outside services, or a made-up incident, on this machine.",
    "schedules": "What is looked at again and when: list, watch, pause, resume, remove, run.",
    "doctor": "Check every part and say how to mend it.",
    "settings": "Show every limit and switch, and where each came from.",
    "migrate": "Bring the database's schema to this code's version.",
}
"""In the order in which a newcomer meets them. Stated here so that ``lookout --help`` need not import them."""

_ON_ITS_OWN = frozenset({"doctor"})
"""Reads the settings itself: one that is wrong is what it is there to tell."""


class LookoutGroup(click.Group):
    """A group that imports a command only when it is named, and tells in words what went wrong outside our code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's own signature
        """Return the commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  the same
        """Return a command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"orchestrator.cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  the same
        """Write the commands and what they do."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name, and say which was probably meant where there is none."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(_no_command(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's own signature
        """Run the command. Raises ``Trouble`` for whatever is expected to go wrong outside our own code."""
        from orchestrator.cli.faults import TROUBLE, trouble_of  # noqa: PLC0415  --help needs none of it

        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except TROUBLE as error:
            raise trouble_of(error) from error


def _no_command(word: str) -> str:
    """Return what to say about a word that is no command."""
    near = get_close_matches(word, COMMANDS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"there is no command {word!r}.{hint} `lookout --help` lists them."


@click.group(
    cls=LookoutGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `lookout demo`. Then write a watchlist, look at it with `lookout plan WATCHLIST`, and run it "
    "with `lookout run WATCHLIST`.",
)
@click.version_option(package_name="lookout")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Watch the technology ecosystem that your team depends on.

    Results go to standard output, everything else to standard error. Exit codes: 0 ok, 1 failed, 2 wrong usage or bad
    input, 3 partial, 4 findings at or above --fail-on, 75 no room now: come back later, 130 interrupted.
    """
    if ctx.invoked_subcommand not in _ON_ITS_OWN:
        from orchestrator.cli.quiet import log_quietly  # noqa: PLC0415  --help needs none of it
        from orchestrator.settings import get_settings  # noqa: PLC0415  the same

        log_quietly(get_settings())


def examples(*lines: str) -> str:
    """Return the end of a command's help: one example a line, kept as it is."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
