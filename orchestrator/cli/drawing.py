"""Trees for a terminal."""

from collections.abc import Mapping

from rich.console import OverflowMethod
from rich.tree import Tree

from agents.catalog import catalog
from orchestrator.cli.terminal import cell, for_people, screen, show
from orchestrator.domain.plans import Plan
from orchestrator.planning.trees import Node, plan_tree, tree_lines


def rich_tree(node: Node, *, overflow: OverflowMethod = "fold") -> Tree:
    """Return a tree for a terminal; strangers' text is plain text, never markup."""
    tree = Tree(cell(node.label, overflow=overflow))
    _grow(tree, node, overflow=overflow)
    return tree


def show_plan(plan: Plan, *, states: Mapping[str, str] | None = None) -> None:
    """Write a plan as a tree, with what stands beside each step: drawn on a terminal, lines when piped."""
    tree = plan_tree(plan, specs=catalog(), states=states or {})
    if for_people(screen()):
        screen().print(rich_tree(tree))
        return
    for row in tree_lines(tree):
        show(row)


def _grow(tree: Tree, node: Node, *, overflow: OverflowMethod) -> None:
    """Add a node's children to a tree."""
    for child in node.children:
        _grow(tree.add(cell(child.label, overflow=overflow)), child, overflow=overflow)
