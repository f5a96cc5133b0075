"""The branches of a plan: what is done for one target, with its analysis behind its own collection only."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agents.contract import Target
from orchestrator.domain.plans import Shape, Step, parallel, sequence
from orchestrator.planning.choosing import Choice, Service
from orchestrator.planning.naming import step_name


class Branch(NamedTuple):
    """Everything that hangs together for one target, as one shape."""

    shape: Shape | None
    reads_advisories: bool


class _Group(NamedTuple):
    """Services that share what is collected for them."""

    collected: frozenset[str]
    services: tuple[Service, ...]


def branches(target: Target, services: Iterable[Service], *, slug: str, sources: tuple[str, ...]) -> list[Branch]:
    """Return a target's branches, one for each group of looks that needs a collection of its own.

    ``sources`` are the ids of the folders of advisories, for those analyses that read them.
    """
    return [
        Branch(
            _shape(target, group, slug=slug, sources=sources),
            reads_advisories=any(service.reads_advisories for service in group.services),
        )
        for group in _groups(services)
    ]


def collect_step(target: Target, choice: Choice, *, slug: str) -> Step:
    """Return the step that collects from a target."""
    return Step(
        name=step_name(choice.capability, slug),
        agent=choice.agent.name,
        capability=choice.capability,
        target=target.id,
        fallbacks=choice.fallbacks,
    )


def with_baseline(
    target: Target, found: Sequence[Branch], *, choice: Choice, slug: str, sources: tuple[str, ...]
) -> Branch:
    """Return a target's branches as one, with its baseline behind all of them.

    It needs none of them: it begins once they have ended, however they did. What it reads from is its own target, which
    is how it learns what became of them. Another target's branches neither wait for it nor hold it up.
    """
    reads_advisories = any(branch.reads_advisories for branch in found)
    step = Step(
        name=step_name(choice.capability, slug),
        agent=choice.agent.name,
        capability=choice.capability,
        target=target.id,
        sources=(target.id, *(sources if reads_advisories else ())),
        fallbacks=choice.fallbacks,
    )
    return Branch(sequence(parallel(*(branch.shape for branch in found)), step), reads_advisories)


def _groups(services: Iterable[Service]) -> list[_Group]:
    """Return the services in groups, so that no two groups collect the same thing."""
    groups: list[_Group] = []
    for service in services:
        collected = frozenset(choice.capability for choice in service.collections)
        joined = [group for group in groups if group.collected & collected]
        apart = [group for group in groups if not group.collected & collected]
        everyone = (*(each for group in joined for each in group.services), service)
        groups = [*apart, _Group(collected.union(*(group.collected for group in joined)), everyone)]
    return groups


def _shape(target: Target, group: _Group, *, slug: str, sources: tuple[str, ...]) -> Shape | None:
    """Return a group's shape: its collections side by side, then its analyses."""
    collections = {choice.capability: choice for service in group.services for choice in service.collections}
    analyses = (_analysis(target, service, slug=slug, sources=sources) for service in group.services)
    collects = (collect_step(target, choice, slug=slug) for choice in collections.values())
    return sequence(parallel(*collects), parallel(*analyses))


def _analysis(target: Target, service: Service, *, slug: str, sources: tuple[str, ...]) -> Step:
    """Return the step that looks at a target; without what is collected for it, it is skipped."""
    choice = service.analysis
    return Step(
        name=step_name(choice.capability, slug),
        agent=choice.agent.name,
        capability=choice.capability,
        target=target.id,
        sources=sources if service.reads_advisories else (),
        needs=tuple(step_name(each.capability, slug) for each in service.collections),
        fallbacks=choice.fallbacks,
    )
