"""``lookout trigger``: one signal, by hand."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agents.contract import Target
    from orchestrator.domain.triggers import TriggerKind


def as_kind(word: str) -> "TriggerKind":
    """Return the kind that a word names; UsageError, with the nearest one, where it names none."""
    from orchestrator.domain.triggers import TriggerKind  # noqa: PLC0415  --help needs none of it
    from orchestrator.planning.problems import did_you_mean  # noqa: PLC0415  the same

    try:
        return TriggerKind(word.replace("-", "_"))
    except ValueError:
        kinds = [str(kind) for kind in TriggerKind]
        hint = did_you_mean(word, among=kinds)
        raise click.UsageError(
            f"{word!r} is neither a watchlist file nor a kind of trigger{'; ' + hint if hint else ''} "
            f"(kinds: {', '.join(kinds)})"
        ) from None


def as_targets(words: tuple[str, ...]) -> "tuple[Target, ...]":
    """Return the targets that words such as ``git:PATH`` name; UsageError where one names none."""
    return tuple(_target(word) for word in words)


def _target(word: str) -> "Target":
    """Return the target that a word names; a path is taken from the current folder."""
    from agents.contract import Target, TargetKind  # noqa: PLC0415  --help needs none of it
    from orchestrator.planning.locations import locate  # noqa: PLC0415  the same

    kind, colon, place = word.partition(":")
    kinds = [str(kind) for kind in TargetKind]
    if not colon or kind not in kinds or not place:
        raise click.UsageError(f"target {word!r} is not KIND:PLACE; kinds are {', '.join(kinds)}, e.g. git:../flask")
    return Target(kind=TargetKind(kind), location=locate(place, folder=Path.cwd()))


@click.command("trigger")
@click.argument("kind")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--subject", default="", help="What it is about: an advisory's id, a release's version.")
@click.option("--text", default="", help="Free text of a request.")
@click.option("--key", default="", help="Your own idempotency key: the same key finds the first run.")
@click.option("--look", multiple=True, metavar="WHAT", help="Look only at this: health, exposure. May be repeated.")
@click.option("--wait", is_flag=True, help="Wait for the end even where `lookout up` serves the run.")
@click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON to standard output.")
def command(
    kind: str,
    targets: tuple[str, ...],
    *,
    subject: str,
    text: str,
    key: str,
    look: tuple[str, ...],
    wait: bool,
    as_json: bool,
) -> int:
    """Send one trigger of a KIND (monitor, advisory, release, keyword_spike, webhook, request) about TARGETs."""
    from orchestrator.cli.inputs import kind_trigger  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.passing import Wishes, pass_over  # noqa: PLC0415  the same
    from orchestrator.settings import get_settings  # noqa: PLC0415  the same

    trigger = kind_trigger(as_kind(kind), targets=as_targets(targets), subject=subject, text=text, key=key, look=look)
    return pass_over(get_settings(), trigger, wishes=Wishes(wait=wait, as_json=as_json))
