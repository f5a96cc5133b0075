"""``lookout plan``: what would be done, before anything is."""

from pathlib import Path

import click


@click.command("plan")
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

    Nothing is started and nothing is written.
    """
    from agents.catalog import catalog  # noqa: PLC0415  --help needs none of it
    from orchestrator.cli.commands.trigger import as_kind, as_targets  # noqa: PLC0415  the same
    from orchestrator.cli.inputs import kind_trigger, monitor_trigger, read_watchlist  # noqa: PLC0415  the same
    from orchestrator.cli.terminal import screen, show, show_json  # noqa: PLC0415  the same
    from orchestrator.cli.watching import rich_tree  # noqa: PLC0415  the same
    from orchestrator.planning.planner import make_plan  # noqa: PLC0415  the same
    from orchestrator.planning.trees import plan_tree, tree_lines  # noqa: PLC0415  the same

    path = Path(subject)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        trigger = monitor_trigger(read_watchlist(path), look=look)
    else:
        chosen = as_targets(targets)
        trigger = kind_trigger(as_kind(subject), targets=chosen, subject=about, text=text, key="", look=look)
    plan = make_plan(trigger, specs=catalog())
    if as_json:
        show_json(plan.model_dump(mode="json"))
    elif screen().is_terminal:
        screen().print(rich_tree(plan_tree(plan, specs=catalog())))
    else:
        for line in tree_lines(plan_tree(plan, specs=catalog())):
            show(line)
