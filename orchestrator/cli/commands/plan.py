"""``lookout plan``: what would be done, before anything is."""

from pathlib import Path

import click

from orchestrator.cli.group import examples

_EXAMPLES = examples(
    "lookout plan watchlist.yaml",
    "lookout plan watchlist.yaml --look exposure",
    "lookout plan advisory sbom:requirements.lock --subject PYSEC-2024-1",
)


@click.command("plan", epilog=_EXAMPLES)
@click.argument("subject", metavar="WATCHLIST|KIND")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--subject", "about", default="", help="What the trigger is about: an advisory's id, a version.")
@click.option("--text", default="", help="Free text of a request.")
@click.option("--look", multiple=True, metavar="WHAT", help="Look only at this: health, exposure. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Write the plan as JSON.")
def command(
    subject: str, targets: tuple[str, ...], *, about: str, text: str, look: tuple[str, ...], as_json: bool
) -> None:
    """Show the plan for a WATCHLIST file, or for a trigger of a KIND with TARGETs such as git:PATH.

    Kinds are monitor, advisory, release, keyword_spike, webhook and request. Nothing is started and nothing is written.
    """
    from agents.catalog import catalog  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.drawing import show_plan  # noqa: PLC0415  the same
    from orchestrator.cli.inputs import (  # noqa: PLC0415  the same
        kind_trigger,
        monitor_trigger,
        names_watchlist,
        read_watchlist,
    )
    from orchestrator.cli.terminal import show_json  # noqa: PLC0415  the same
    from orchestrator.planning.keys import trigger_key  # noqa: PLC0415  the same
    from orchestrator.planning.planner import make_plan  # noqa: PLC0415  the same

    if names_watchlist(subject):
        if targets or about or text:
            raise click.UsageError(f"{subject} is a watchlist: it says its targets itself, so leave the rest out")
        trigger = monitor_trigger(read_watchlist(Path(subject)), look=look)
    else:
        trigger = kind_trigger(subject, targets=targets, subject=about, text=text, key="", look=look)
    trigger_key(trigger, fresh=subject)  # A trigger that would be refused when it is sent is refused here.
    plan = make_plan(trigger, specs=catalog())
    if as_json:
        show_json(plan.model_dump(mode="json"))
    else:
        show_plan(plan)
