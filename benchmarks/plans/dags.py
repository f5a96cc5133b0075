"""Recorded workflows: tasks with times and what each must wait for."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

FILE = "workflows.jsonl"


@dataclass(frozen=True)
class Dag:
    """One workflow: seconds of each task, and its parents."""

    name: str
    seconds: Mapping[str, float]
    parents: Mapping[str, frozenset[str]]

    def within(self, tasks: frozenset[str], task: str) -> frozenset[str]:
        """Return those of a task's parents that are among some tasks."""
        return self.parents[task] & tasks

    def longest(self, tasks: frozenset[str]) -> float:
        """Return the longest path through some of the tasks, in seconds."""
        ends: dict[str, float] = {}
        for task in self.in_order(tasks):
            before = max((ends[parent] for parent in self.within(tasks, task)), default=0.0)
            ends[task] = before + self.seconds[task]
        return max(ends.values(), default=0.0)

    def depths(self, tasks: frozenset[str]) -> dict[str, int]:
        """Return how many others stand before each of some tasks, on its longest path among them."""
        depths: dict[str, int] = {}
        for task in self.in_order(tasks):
            depths[task] = max((depths[parent] + 1 for parent in self.within(tasks, task)), default=0)
        return depths

    def in_order(self, tasks: frozenset[str]) -> list[str]:
        """Return some of the tasks, parents before children, else as they were recorded."""
        done: dict[str, None] = {}
        left = [task for task in self.seconds if task in tasks]
        while left:
            ready = [task for task in left if self.within(tasks, task) <= done.keys()]
            if not ready:
                raise click.ClickException(f"{self.name}: its tasks wait for each other: {', '.join(left[:5])}")
            done.update(dict.fromkeys(ready))
            left = [task for task in left if task not in done]
        return list(done)


def read_dags(folder: Path) -> tuple[Dag, ...]:
    """Return the recorded workflows. Raises ``click.ClickException``, naming what is wrong."""
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return tuple(_dag(json.loads(line)) for line in lines)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read ({error.strerror}): give the folder that holds it") from None
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException(f"{path}: {error!r}: not a recorded workflow a line") from None


def _dag(row: Mapping[str, object]) -> Dag:
    tasks = row["tasks"]
    if not isinstance(tasks, list):
        raise TypeError("tasks is no list")
    names = {name: task["id"] for task in tasks for name in (task["id"], task["name"])}
    return Dag(
        name=str(row["name"]),
        seconds={task["id"]: float(task["runtime_s"]) for task in tasks},
        parents={task["id"]: frozenset(names[parent] for parent in task["parents"]) for task in tasks},
    )


def components(dag: Dag, tasks: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield the parts of some tasks that have nothing to do with each other, as they were recorded."""
    near: dict[str, set[str]] = {task: set() for task in tasks}
    for task in tasks:
        for parent in dag.within(tasks, task):
            near[task].add(parent)
            near[parent].add(task)
    left = set(tasks)
    for task in dag.seconds:
        if task in left:
            part = _reached(task, near)
            left -= part
            yield frozenset(part)


def _reached(start: str, near: Mapping[str, Iterable[str]]) -> set[str]:
    found, edge = {start}, [start]
    while edge:
        fresh = [task for task in near[edge.pop()] if task not in found]
        found.update(fresh)
        edge.extend(fresh)
    return found
