"""A plan as a tree of lines, for a terminal or a file; no colours, no library, every text escaped.

Where states are given, each step's stands beside it, so that one sees what was planned beside what really happened.
Long rows of like branches are folded.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from agents.contract import AgentSpec
from orchestrator.domain import plans
from orchestrator.domain.lanes import lane
from orchestrator.domain.plans import Parallel, Plan, Shape, Step, steps
from orchestrator.domain.triggers import Priority
from orchestrator.planning.durations import duration_text

FOLD_ABOVE = 60
SHOWN_OF_FOLDED = 12

_ABOUT = re.compile(r"[,:] ")
"""What divides a state from what is said about it."""
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Node(NamedTuple):
    """One line, and the lines below it."""

    label: str
    children: tuple["Node", ...] = ()


class _View(NamedTuple):
    """What a line may need beside the shape."""

    labels: Mapping[str, str]
    states: Mapping[str, str]
    specs: Mapping[str, AgentSpec]
    priority: Priority


def plan_tree(plan: Plan, *, specs: Mapping[str, AgentSpec], states: Mapping[str, str] = _NOTHING) -> Node:
    """Return a plan as a tree: its heading, what follows what, what is left out, and what nobody can do.

    ``states`` maps steps' names to what is to stand beside them: a state, and more after a comma or colon.
    """
    view = _View({target.id: target.label for target in plan.targets}, states, specs, plan.priority)
    return Node(
        _heading(plan),
        (
            _shape_node(plan.shape, view=view),
            *_section("left out", [f"{each.agent}: {each.why}" for each in plan.left_out]),
            *_section("nobody can do", plan.unserved),
        ),
    )


def tree_lines(node: Node) -> Iterator[str]:
    """Yield a tree as lines of text."""
    yield node.label
    yield from _below(node.children, indent="")


def printable(text: str) -> str:
    """Return a text that moves no cursor and rings no bell: what cannot be printed is shown as its escape."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _below(children: Sequence[Node], *, indent: str) -> Iterator[str]:
    """Yield the lines of a node's children with the strokes that hang them on it."""
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'└── ' if last else '├── '}{child.label}"
        yield from _below(child.children, indent=f"{indent}{'    ' if last else '│   '}")


def _heading(plan: Plan) -> str:
    """Return a plan's first line."""
    need = plan.resources
    count = len(plan.steps)
    parts = (
        f"{count} step{'s' if count != 1 else ''}",
        f"priority {plan.priority.name.lower()} ({plan.priority_reason})",
        f"deadline {duration_text(plan.deadline_seconds)}",
        f"needs up to {need.slots} at a time, {need.memory_mb} MB each, {duration_text(need.seconds)} at most",
    )
    return printable(" · ".join(parts))


def _section(title: str, lines: Sequence[str]) -> tuple[Node, ...]:
    """Return a titled list; nothing where it has no lines."""
    return (Node(title, tuple(Node(printable(line)) for line in lines)),) if lines else ()


def _shape_node(shape: Shape, *, view: _View) -> Node:
    """Return a shape as a node."""
    if isinstance(shape, Step):
        return Node(_step_label(shape, view=view))
    label = _label(shape, view=view)
    if len(shape.parts) <= FOLD_ABOVE:
        return Node(label, tuple(_shape_node(part, view=view) for part in shape.parts))
    shown = tuple(_shape_node(part, view=view) for part in shape.parts[:SHOWN_OF_FOLDED])
    return Node(label, (*shown, _folded(shape.parts[SHOWN_OF_FOLDED:], view=view)))


def _label(shape: plans.Sequence | Parallel, *, view: _View) -> str:
    """Return the line above a shape's parts; a branch that is about one target alone bears its name."""
    order = f"side by side ({len(shape.parts)})" if isinstance(shape, Parallel) else "one after the other"
    targets = {step.target for step in steps(shape)}
    if len(targets) == 1 and (only := view.labels.get(next(iter(targets)))):
        return f"{printable(only)}: {order}"
    return order


def _step_label(step: Step, *, view: _View) -> str:
    """Return a step's line: who does what on which target, in which queue, and how that stands."""
    spec = view.specs.get(step.agent)
    queue = f"queue {lane(spec, view.priority)}" if spec else "not in the catalogue"
    parts = [f"{step.agent} {step.capability}", view.labels.get(step.target, step.target), queue]
    if step.fallbacks:
        parts.append(f"else {', '.join(step.fallbacks)}")
    if step.required:
        parts.append("required")
    state = view.states.get(step.name, "")
    text = " · ".join(part for part in parts if part)
    return printable(f"{text} → {state}" if state else text)


def _folded(parts: Sequence[Shape], *, view: _View) -> Node:
    """Return the line that stands for parts that are not shown, with how many of their steps are in which state."""
    names = [step.name for part in parts for step in steps(part)]
    counts = Counter(_ABOUT.split(view.states[name])[0] for name in names if name in view.states)
    states = ", ".join(f"{count} {state}" for state, count in counts.most_common(5))
    return Node(printable(f"… and {len(parts)} more alike" + (f" ({states})" if states else "")))
