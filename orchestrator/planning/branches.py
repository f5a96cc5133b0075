"""The branches of a plan: what is done for one target, with its analysis behind its own collection only."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agents.contract import Target, TargetKind
from agents.sources.named import OSV
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


class Compared(NamedTuple):
    """What the analyses that read advisories compare with."""

    sources: tuple[str, ...] = ()
    """Ids of the targets whose advisories are read before."""
    known: Choice | None = None
    """Who asks the OSV service about a target's own dependencies; None where the watchlist does not name it."""
    packages: tuple[str, ...] = ()
    """Ids of the packages whose versions are read before: others use them, and may pin one that was yanked."""

    def __bool__(self) -> bool:
        """Whether there is anything to compare with."""
        return bool(self.sources or self.known)

    def sources_of(self, target: Target) -> tuple[str, ...]:
        """Return the targets whose evidence is compared: what the service knows stands with the target itself."""
        own = (target.id,) if self.known else ()
        return tuple(dict.fromkeys((*own, *self.sources, *self.packages)))


def is_service(target: Target) -> bool:
    """Whether a target is the OSV service, of which nothing is collected but what each other target uses."""
    return target.kind is TargetKind.ADVISORIES and target.location == OSV


def branches(target: Target, services: Iterable[Service], *, slug: str, compared: Compared) -> list[Branch]:
    """Return a target's branches, one for each group of looks that needs a collection of its own."""
    return [
        Branch(
            _shape(target, group, slug=slug, compared=compared),
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


def with_baseline(target: Target, found: Sequence[Branch], *, choice: Choice, slug: str, compared: Compared) -> Branch:
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
        sources=(target.id, *(compared.sources if reads_advisories else ())),
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


def _shape(target: Target, group: _Group, *, slug: str, compared: Compared) -> Shape | None:
    """Return a group's shape: its collections side by side, what the service knows of them, then its analyses."""
    collections = {choice.capability: choice for service in group.services for choice in service.collections}
    analyses = (_analysis(target, service, slug=slug, compared=compared) for service in group.services)
    ahead = target.id in compared.packages
    collects = () if ahead else (collect_step(target, choice, slug=slug) for choice in collections.values())
    asks = any(service.reads_advisories for service in group.services)
    known = collect_step(target, compared.known, slug=slug) if asks and compared.known else None
    return sequence(parallel(*collects), known, parallel(*analyses))


def _analysis(target: Target, service: Service, *, slug: str, compared: Compared) -> Step:
    """Return the step that looks at a target; without what is collected for it, it is skipped.

    It does not need what the service knows: where that is away, what is known from elsewhere is compared all the same.
    """
    choice = service.analysis
    return Step(
        name=step_name(choice.capability, slug),
        agent=choice.agent.name,
        capability=choice.capability,
        target=target.id,
        sources=compared.sources_of(target) if service.reads_advisories else (),
        needs=tuple(step_name(each.capability, slug) for each in service.collections),
        fallbacks=choice.fallbacks,
    )
