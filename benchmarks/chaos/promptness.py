"""How promptly triggers were accepted, and how soon lost steps were done after all. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.chaos.deeds import Deed
from benchmarks.chaos.disturbing import Hit
from benchmarks.chaos.journal import ACCEPTED, ASKED, REFUSED
from benchmarks.chaos.servers import Outage
from benchmarks.chaos.shears import Side

WITHIN_SECONDS = 1.0
SHOWN = 10
SHARE = 0.999
"""The goal: so many of the triggers that were submitted while Postgres was up are accepted within that time."""


@dataclass(frozen=True)
class Accepting:
    """How triggers that were submitted while Postgres was up were taken in."""

    counted: int
    within: int
    not_counted: int
    """Submitted while Postgres was away, or by a process that was itself stopped meanwhile, or killed at once."""
    unanswered: int
    """Calls among the counted that never came back."""
    slowest: float
    p50: float
    p99: float
    refusals: tuple[str, ...] = ()
    """What those were told who were counted and refused."""

    @property
    def share(self) -> float:
        """Which share was accepted within the time."""
        return self.within / self.counted if self.counted else 1.0

    def as_json(self) -> dict[str, Any]:
        """Return the figures as a JSON value."""
        return {
            "counted": self.counted,
            "within_1s": self.within,
            "not_counted": self.not_counted,
            "unanswered": self.unanswered,
            "p50_seconds": round(self.p50, 4),
            "p99_seconds": round(self.p99, 4),
            "slowest_seconds": round(self.slowest, 3),
            "refusals": list(self.refusals[:SHOWN]),
        }


def accepting(lines: Iterable[Mapping[str, Any]], *, outages: Sequence[Outage], hits: Sequence[Hit]) -> Accepting:
    """Return how promptly triggers were taken in, from the journals' lines: what was asked, accepted and refused."""
    away = [(one.since, one.until) for one in outages if one.side is Side.POSTGRES]
    tries = _tries(list(lines))
    counted = [line for line in tries if not _excused(line, away=away, hits=hits)]
    answers = [line for line in counted if line["what"] != ASKED]
    seconds = sorted(line["seconds"] for line in answers)
    within = sum(line["what"] == ACCEPTED and line["seconds"] <= WITHIN_SECONDS for line in answers)
    return Accepting(
        counted=len(counted),
        within=within,
        not_counted=len(tries) - len(counted),
        unanswered=len(counted) - len(answers),
        slowest=seconds[-1] if seconds else 0.0,
        p50=quantile(seconds, 0.5),
        p99=quantile(seconds, 0.99),
        refusals=tuple(line["error"] for line in counted if line["what"] == REFUSED),
    )


def _tries(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a line for each call: its answer, or what was noted before it where none ever came."""
    answered = {_call(line) for line in lines if line["what"] != ASKED}
    return [line for line in lines if line["what"] != ASKED or _call(line) not in answered]


def _call(line: Mapping[str, Any]) -> tuple[int, int, float]:
    """Return what tells a call from all others: whose it was, for which trigger, and when it began."""
    return line["pid"], line["number"], line["began"]


def _excused(line: Mapping[str, Any], *, away: Sequence[tuple[float, float]], hits: Sequence[Hit]) -> bool:
    """Whether Postgres was away while this was submitted, or its own submitter was stopped.

    What was never answered had its time to be, unless one of these, or its submitter's kill, came within that time.
    """
    deeds = (Deed.KILL, Deed.FREEZE) if line["what"] == ASKED else (Deed.FREEZE,)
    struck = [(hit.at, hit.until) for hit in hits if hit.deed in deeds and hit.pid == line["pid"]]
    begin, end = line["began"], line["began"] + line.get("seconds", WITHIN_SECONDS)
    return any(since <= end and begin <= until for since, until in (*away, *struck))


def recoveries(hits: Iterable[Hit], *, steps: Iterable[Any]) -> list[float]:
    """Return the seconds from each hit to the end of each step that it took from its holder, in order.

    A step that its holder's own attempt ended, or that was done before, was not lost.
    """
    ends = {(row.run, row.step): row for row in steps if row.finished_at is not None}
    found = []
    for hit in hits:
        for held in hit.held:
            row = ends.get((held.run, held.step))
            if row is not None and row.attempt > held.attempt and row.finished_at.timestamp() > hit.at:
                found.append(row.finished_at.timestamp() - hit.at)
    return sorted(found)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share of the ordered values lies; 0 where there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
