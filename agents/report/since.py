"""What differs from the run before this one, as far as the run's options tell of it.

``options["earlier"]`` is ``{"run_id": ..., "at": ..., "findings": [...]}``, each finding with ``id``, ``kind``,
``severity``, ``title`` and ``target``. What is missing or of another shape is left out; without any of it nothing is
compared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from agents.contract import Frozen, Severity
from agents.report.bundle import Comparison, Gone, Moved, ReportedFinding
from agents.report.escape import plain
from agents.report.measures import moment

SECURITY = "security."
"""How the kinds of findings begin that rest on what the run's advisories say."""
GONE_LIMIT = 200
"""So many findings that are gone are named at most, the worst."""


class Unseen(Frozen):
    """What this run could not see in full: a finding that it hides may be there still."""

    subjects: frozenset[str]
    """Targets' ids; the empty one stands for all of them."""
    advisories: frozenset[str] = frozenset()
    """Ids of the targets that hold advisories for the others."""
    targets: frozenset[str] | None = None
    """Ids of all targets of the run: what was said of another cannot have been looked at; None for any."""

    def hides(self, target: str, *, kind: str) -> bool:
        """Whether a finding about the target could be there unseen; one of no kind may be of any."""
        if self.targets is not None and target and target not in self.targets:
            return True
        rests_on_advisories = not kind or kind.startswith(SECURITY)
        return target in self.subjects or (rests_on_advisories and bool(self.subjects & (self.advisories | {""})))


def compare(
    told: JsonValue, findings: Sequence[ReportedFinding], *, unseen: Unseen, labels: Mapping[str, str]
) -> Comparison | None:
    """Return what differs from the earlier run."""
    if not isinstance(told, Mapping) or not isinstance(told.get("findings"), list | tuple):
        return None
    had = {gone.id: gone for gone in _earlier(told, unseen=unseen, labels=labels)}
    has = {finding.id for finding in findings}
    moved = [_moved(finding, had[finding.id].severity) for finding in findings if finding.id in had]
    gone = sorted((one for one in had.values() if one.id not in has), key=_worst_first)
    return Comparison(
        run_id=_text(told, "run_id"),
        at=_at(told),
        new=tuple(finding.id for finding in findings if finding.id not in had),
        worse=tuple(each for each in moved if each.now.rank > each.was.rank),
        better=tuple(each for each in moved if each.now.rank < each.was.rank),
        gone=tuple(gone[:GONE_LIMIT]),
        same=sum(each.now is each.was for each in moved),
    )


def _earlier(told: Mapping[str, JsonValue], *, unseen: Unseen, labels: Mapping[str, str]) -> Iterator[Gone]:
    for row in _rows(told["findings"]):
        key, target, severity = _text(row, "id"), _text(row, "target"), _text(row, "severity")
        if key and severity in set(Severity):
            yield Gone(
                id=key,
                title=_text(row, "title") or key,
                severity=Severity(severity),
                target=target,
                target_label=labels.get(target, target),
                looked=not unseen.hides(target, kind=_text(row, "kind")),
            )


def _rows(told: JsonValue) -> Iterable[Mapping[str, JsonValue]]:
    listed = told if isinstance(told, list | tuple) else []
    return (row for row in listed if isinstance(row, Mapping))


def _moved(finding: ReportedFinding, was: Severity) -> Moved:
    return Moved(finding=finding.id, was=was, now=finding.severity)


def _worst_first(gone: Gone) -> tuple[int, str, str]:
    return (-gone.severity.rank, gone.target, gone.id)


def _text(row: Mapping[str, JsonValue], name: str) -> str:
    value = row.get(name)
    return plain(value) if isinstance(value, str) else ""


def _at(told: Mapping[str, JsonValue]) -> datetime | None:
    return moment(told.get("at"))
