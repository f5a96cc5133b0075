"""The ledger held against the journals of those who submitted and against the log of effects. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.chaos.load import STEPS
from benchmarks.chaos.watch import Books

SHOWN = 10
_SUCCEEDED = "succeeded"


@dataclass(frozen=True)
class Verdict:
    """What the books say. The lists name what went wrong, for people; the counts are what matters."""

    runs: int
    steps: int
    lost: tuple[str, ...]
    """Runs that were submitted and did not end as succeeded, each of their steps with them."""
    doubled: int
    """Effects beyond the first of each step."""
    missing: int
    """Steps that the ledger calls done and whose effect nobody wrote."""
    unfounded: int
    """Effects of steps that the ledger does not call done."""
    past_deadline: int
    states: Mapping[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing was lost, nothing was done twice, and nothing is open past its deadline."""
        return not (self.lost or self.doubled or self.missing or self.unfounded or self.past_deadline)

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON value."""
        return {
            "runs": self.runs,
            "steps": self.steps,
            "lost_runs": len(self.lost),
            "doubled_effects": self.doubled,
            "missing_effects": self.missing,
            "unfounded_effects": self.unfounded,
            "past_deadline_without_end": self.past_deadline,
            "states": dict(self.states),
            "lost": list(self.lost[:SHOWN]),
        }


def reconcile(
    books: Books, *, keys: Collection[str], accepted: Mapping[str, str], most_overdue: int = 0, steps: int = STEPS
) -> Verdict:
    """Return the verdict on a load.

    ``keys`` are all that were to be submitted, ``accepted`` says which run each was told to be, ``most_overdue`` how
    many runs past their deadline were once seen without an end.
    """
    runs = {row.key: row for row in books.runs}
    done = {(row.run, row.step) for row in books.steps if row.state == _SUCCEEDED}
    by_run = Counter(run for run, _ in done)
    lost = tuple(
        f"{key}: {fault}"
        for key in keys
        if (fault := _fault(runs.get(key), told=accepted.get(key), done=by_run, steps=steps))
    )
    overdue = sum(row.state == "running" and row.overdue for row in books.runs)
    return Verdict(
        runs=len(keys),
        steps=len(books.steps),
        lost=(*lost, *_strangers(books.runs, keys=keys)),
        doubled=sum(times - 1 for times in books.effects.values()),
        missing=len(done - books.effects.keys()),
        unfounded=len(books.effects.keys() - done),
        past_deadline=max(overdue, most_overdue),
        states=dict(sorted(Counter(str(row.state) for row in books.runs).items())),
    )


def _fault(row: Any, *, told: str | None, done: Mapping[str, int], steps: int) -> str:  # noqa: ANN401  a database row
    """Return what is wrong with one run, in words; nothing where it is whole."""
    if row is None:
        return "the ledger does not know it" if told is None else f"accepted as {told}, which is not in the ledger"
    if told != row.run:
        return "never accepted as far as its submitter knows" if told is None else f"accepted as {told}, is {row.run}"
    if row.state != _SUCCEEDED:
        return f"{row.run} is {row.state}"
    return "" if done.get(row.run, 0) == steps else f"{row.run} has {done.get(row.run, 0)} of {steps} steps done"


def _strangers(rows: Iterable[Any], *, keys: Collection[str]) -> list[str]:
    """Return the runs that nobody submitted."""
    known = set(keys)
    return [f"{row.key}: nobody submitted it" for row in rows if row.key not in known]


def accepted_by(lines: Iterable[Mapping[str, Any]], *, keys: Sequence[str]) -> dict[str, str]:
    """Return which run each key was told to be, from the journals; the first answer counts."""
    told: dict[str, str] = {}
    for line in lines:
        told.setdefault(keys[line["number"]], line["run"])
    return told
