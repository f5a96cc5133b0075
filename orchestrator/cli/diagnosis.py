"""What the doctor found, as lines or JSON."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

from orchestrator.cli.terminal import say, show, show_json
from orchestrator.doctor.check import Check, Verdict
from orchestrator.doctor.examination import healthy

_MARKS = {Verdict.OK: "✓", Verdict.WARNING: "!", Verdict.FAILED: "✗"}


def tell(checks: Iterable[Check], *, as_json: bool) -> tuple[Check, ...]:
    """Tell what was found, each check as soon as it was made; return them all."""
    if as_json:
        made = tuple(checks)
        show_json({"ok": healthy(made), "checks": [asdict(check) for check in made]})
        return made
    told = []
    for check in checks:
        _tell(check)
        told.append(check)
    counts = Counter(check.verdict for check in told)
    say(", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict))
    return tuple(told)


def _tell(check: Check) -> None:
    """Write one check, and below it how to mend what is not as it should be."""
    show(f"{_MARKS[check.verdict]} {check.name}: {check.seen}")
    if check.remedy:
        show(f"    → {check.remedy}")
