"""Gates: how a plan is laid out so that counting rows in Postgres joins it.

A gate stands between any two members of a sequence, and one at the end. A step stands ``behind`` a gate (or none) and
``counts`` on another: its end lowers that gate, and at zero the gate is open. The end gate ends the run.
"""

from dataclasses import dataclass

from orchestrator.domain.plans import Parallel, Shape, Step

END = "end"
"""Name of the gate whose opening ends the run."""


@dataclass(frozen=True)
class Laid:
    """One step in its place: which gate it waits for and which one it counts on."""

    step: Step
    behind: str | None
    counts: str


@dataclass(frozen=True)
class Layout:
    """A plan's steps in order, and how many ends each gate waits for."""

    steps: tuple[Laid, ...]
    gates: dict[str, int]


def lay_out(shape: Shape) -> Layout:
    """Return the layout of a plan's shape, in one pass over it."""
    surveyor = _Surveyor()
    surveyor.place(shape, behind=None, counts=END)
    return Layout(steps=tuple(surveyor.steps), gates=surveyor.gates)


class _Surveyor:
    """Walks over a shape once and numbers the gates as it meets them."""

    def __init__(self) -> None:
        self.steps: list[Laid] = []
        self.gates: dict[str, int] = {END: 0}

    def place(self, shape: Shape, *, behind: str | None, counts: str) -> None:
        """Place one shape between two gates."""
        if isinstance(shape, Step):
            self.steps.append(Laid(step=shape, behind=behind, counts=counts))
            self.gates[counts] += 1
        elif isinstance(shape, Parallel):
            for part in shape.parts:
                self.place(part, behind=behind, counts=counts)
        else:
            *firsts, last = shape.parts
            for part in firsts:
                gate = self._new_gate()
                self.place(part, behind=behind, counts=gate)
                behind = gate
            self.place(last, behind=behind, counts=counts)

    def _new_gate(self) -> str:
        """Return the name of a gate that did not exist before."""
        name = f"g{len(self.gates)}"
        self.gates[name] = 0
        return name
