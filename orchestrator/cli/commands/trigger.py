"""``lookout trigger``: one signal, by hand."""

import click

from orchestrator.cli.group import examples

_EXAMPLES = examples(
    "lookout trigger advisory sbom:requirements.lock advisories:osv --subject PYSEC-2024-1",
    "lookout trigger request git:../flask --text 'is it still looked after?' --wait",
)


@click.command("trigger", epilog=_EXAMPLES)
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

    trigger = kind_trigger(kind, targets=targets, subject=subject, text=text, key=key, look=look)
    return pass_over(get_settings(), trigger, wishes=Wishes(wait=wait, as_json=as_json))
