"""What changed, line by line as people read it: against the run before where there was one, then in the world."""

from collections.abc import Iterator
from datetime import datetime

from agents.contract import Frozen, Severity
from agents.report.bundle import Change, Comparison, ReportBundle, ReportedFinding
from agents.report.wording import ago, minute

NOT_COMPARED = "Not compared with an earlier run. What began in the world within the last 30 days:"


class NewsLine(Frozen):
    """One thing that changed. ``tag`` says how in a word; empty for what is merely recent in the world."""

    tag: str
    text: str
    target_label: str
    finding: str = ""
    """The finding's id, where this report holds it."""
    severity: Severity | None = None
    at: datetime | None = None


def headline(bundle: ReportBundle) -> str:
    """Return the one line of what differs from the run before."""
    compared = bundle.since_last
    if compared is None:
        return NOT_COMPARED
    when = (
        f"the run of {minute(compared.at)} ({ago(compared.at, now=bundle.as_of)})" if compared.at else "the run before"
    )
    counts = (
        (len(compared.new), "new"),
        (len(compared.worse), "worse"),
        (len(compared.better), "better"),
        (sum(gone.looked for gone in compared.gone), "no longer found"),
        (sum(not gone.looked for gone in compared.gone), "not looked at again"),
        (compared.same, "as before"),
    )
    said = ", ".join(f"{count:,} {words}" for count, words in counts if count)
    return f"Since {when}: {said or 'nothing found, then or now'}."


def news(bundle: ReportBundle) -> tuple[NewsLine, ...]:
    """Return what changed: what is new or worse, the most severe first, then gone, better, and recent in the world."""
    compared = bundle.since_last
    found = {finding.id: finding for finding in bundle.findings}
    lines = list(_compared(compared, found=found)) if compared else []
    said = {line.finding for line in lines if line.finding}
    return (*lines, *(_recent(change) for change in bundle.changes if change.finding not in said))


def _compared(compared: Comparison, *, found: dict[str, ReportedFinding]) -> Iterator[NewsLine]:
    tags = dict.fromkeys(compared.new, "new") | {moved.finding: f"worse, was {moved.was}" for moved in compared.worse}
    yield from (_line(tags[key], finding) for key, finding in found.items() if key in tags)  # they stand worst first
    for gone in compared.gone:
        tag = "no longer found" if gone.looked else "not looked at again"
        yield NewsLine(tag=tag, text=gone.title, target_label=gone.target_label, severity=gone.severity)
    for moved in compared.better:
        yield _line(f"better, was {moved.was}", found[moved.finding])


def _line(tag: str, finding: ReportedFinding) -> NewsLine:
    return NewsLine(
        tag=tag,
        text=finding.title,
        target_label=finding.target_label,
        finding=finding.id,
        severity=finding.severity,
        at=finding.since,
    )


def _recent(change: Change) -> NewsLine:
    return NewsLine(
        tag="",
        text=change.text,
        target_label=change.target_label,
        finding=change.finding,
        severity=change.severity,
        at=change.at,
    )
