"""Which gates an added step stands between, given where the run's steps stand now. Pure.

Gates keep their names and their meaning, for others may be looking at them: a gate is known by what stands behind it.
At most one is new: the one before the step, where those that it comes after counted on a later one so far.
"""

from collections.abc import Mapping
from typing import NamedTuple

from orchestrator.domain.plans import Shape
from orchestrator.ledger.layout import END, lay_out


class Standing(NamedTuple):
    """Where a step stands in the ledger."""

    behind: str | None
    counts: str
    counted: bool
    """Whether its end has been counted."""


class Place(NamedTuple):
    """Where a step is added."""

    behind: str | None
    counts: str
    gate: str | None
    """The new gate before it; None where there is none."""
    moved: tuple[str, ...]
    """Steps that count on the new gate from now on."""
    before: int
    """How many of them have yet to end."""


def place(shape: Shape, name: str, *, standing: Mapping[str, Standing], fresh: str) -> Place:
    """Return the place of the one step of a shape that the ledger does not know; ``fresh`` names a new gate."""
    layout = lay_out(shape)
    known = {END: END}
    for laid in layout.steps:
        if laid.behind and laid.step.name in standing:
            known[laid.behind] = standing[laid.step.name].behind or END
    gates = {gate: known.get(gate, fresh) for gate in layout.gates}
    mine = next(laid for laid in layout.steps if laid.step.name == name)
    moved = tuple(
        laid.step.name
        for laid in layout.steps
        if laid.step.name in standing and gates[laid.counts] != standing[laid.step.name].counts
    )
    return Place(
        behind=gates[mine.behind] if mine.behind else None,
        counts=gates[mine.counts],
        gate=fresh if fresh in gates.values() else None,
        moved=moved,
        before=sum(not standing[one].counted for one in moved),
    )
