"""The shape of a plan.

Each target's analysis follows its own collection and nobody else's; the advisories are read before whatever compares
with them, and so are the versions of packages that are watched beside what uses them; nothing else waits for either;
the report joins everything::

    ( collect:git(a) > health(a)
    | collect:git(b) > health(b)
    | (advisories(x) | advisories(y)) > (dependencies(a) > exposure(a) | dependencies(c) > exposure(c))
    ) > report

Where the watchlist names the OSV service, it is asked between the two: ``dependencies(a) > osv(a) > exposure(a)``.

A target that wants a baseline gets it behind all of its own branches: ``(… | …) > baseline(a)``. They stay together, so
where one of them compares with advisories, all of them follow the advisories.
"""

from collections.abc import Mapping
from typing import NamedTuple

from agents.contract import Hybrid, Target, TargetKind
from orchestrator.domain.plans import Shape, Step, parallel, sequence
from orchestrator.errors import PlanningError
from orchestrator.planning.asking import Ask
from orchestrator.planning.branches import Branch, Compared, branches, collect_step, is_service, with_baseline
from orchestrator.planning.choosing import Choice, Pool, choose
from orchestrator.planning.drafts import Draft
from orchestrator.planning.leftouts import offer, unserved
from orchestrator.planning.looks import ADVISORIES, BASELINE, EXPOSURE, KNOWN, REPORT
from orchestrator.planning.naming import slugs, step_name


class Layout(NamedTuple):
    """A shape, and what is missing in it, in words."""

    shape: Shape
    gaps: tuple[str, ...]


def lay_out(draft: Draft) -> Layout:
    """Return the whole shape. PlanningError where there is nothing to do."""
    names = slugs([*(ask.target for ask in draft.asked.asks), *draft.asked.advisories])
    compared = _compared(draft)
    found = [branch for ask in draft.asked.asks for branch in _branches(ask, draft, names=names, compared=compared)]
    waits = bool(compared.sources or compared.packages)
    alone = [branch.shape for branch in found if not (branch.reads_advisories and waits)]
    after = [branch.shape for branch in found if branch.reads_advisories and waits]
    collects, gaps = _advisories(draft, names=names) if after or draft.asked.read_anyway else ((), ())
    versions = _versions(draft, compared, names=names)
    work = parallel(*alone, sequence(parallel(*collects, *versions), parallel(*after)))
    if work is None:
        nothing = f"no target here is looked at for what is asked; {offer(draft.pool.specs)}"
        raise PlanningError(f"nothing of this trigger can be done: {'; '.join([*draft.unserved, *gaps]) or nothing}")
    report, missing = _report(draft.pool)
    unasked = _unasked(draft, compared)
    return Layout(sequence(work, report) or work, (*gaps, *unasked, *_without_baseline(draft), *missing))


def _compared(draft: Draft) -> Compared:
    """Return what there is to compare with, by what the watchlist names."""
    sources = tuple(target.id for target in draft.asked.advisories if not is_service(target))
    service = any(is_service(target) for target in draft.asked.advisories)
    known = choose(draft.pool, capability=KNOWN.capability) if service else None
    exposed = draft.services.get((EXPOSURE, TargetKind.PACKAGE))
    asks = [ask for ask in draft.asked.asks if EXPOSURE in ask.looks]
    packages = tuple(ask.target.id for ask in asks if ask.target.kind is TargetKind.PACKAGE) if exposed else ()
    others = any(ask.target.id not in packages for ask in asks)
    return Compared(sources, known, packages if others else ())


def _versions(draft: Draft, compared: Compared, *, names: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps that collect the packages whose versions others are compared with."""
    service = draft.services.get((EXPOSURE, TargetKind.PACKAGE))
    asked = [ask.target for ask in draft.asked.asks if ask.target.id in compared.packages]
    return tuple(
        collect_step(target, choice, slug=names[target.id])
        for target in asked
        for choice in (service.collections if service else ())
    )


def _unasked(draft: Draft, compared: Compared) -> tuple[str, ...]:
    """Return a sentence about the OSV service, where the watchlist names it and nobody can ask it."""
    services = [target for target in draft.asked.advisories if is_service(target)]
    if compared.known or not services:
        return ()
    return (unserved("the asking", services, why="no agent that may take part can do it", specs=draft.pool.specs),)


def _branches(ask: Ask, draft: Draft, *, names: Mapping[str, str], compared: Compared) -> list[Branch]:
    """Return the branches of one target."""
    wanted = (draft.services.get((look, ask.target.kind)) for look in ask.looks)
    served = [service for service in wanted if service]
    slug = names[ask.target.id]
    found = branches(ask.target, served, slug=slug, compared=compared)
    choice = _baseline(ask.target, draft.pool)
    if not (found and choice):
        return found
    return [with_baseline(ask.target, found, choice=choice, slug=slug, compared=compared)]


def _baseline(target: Target, pool: Pool) -> Choice | None:
    """Return who reads a target plainly where it wants that; None where it does not, or nobody can."""
    return None if target.hybrid is Hybrid.OFF else choose(pool, capability=BASELINE, kind=target.kind)


def _without_baseline(draft: Draft) -> tuple[str, ...]:
    """Return a sentence about the targets that want a baseline and get none."""
    hybrid = [ask.target for ask in draft.asked.asks if ask.target.hybrid is not Hybrid.OFF]
    lacking = [target for target in hybrid if _baseline(target, draft.pool) is None]
    why = "no agent that may take part can do it"
    return (unserved("the baseline", lacking, why=why, specs=draft.pool.specs),) if lacking else ()


def _advisories(draft: Draft, *, names: Mapping[str, str]) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Return the steps that collect the advisories, and what cannot be collected, in words."""
    targets = [target for target in draft.asked.advisories if not is_service(target)]
    choice = choose(draft.pool, capability=ADVISORIES.capability, kind=TargetKind.ADVISORIES)
    if choice:
        return tuple(collect_step(target, choice, slug=names[target.id]) for target in targets), ()
    if not targets:
        return (), ()
    return (), (unserved("the reading", targets, why="no agent in the catalogue can do it", specs=draft.pool.specs),)


def _report(pool: Pool) -> tuple[Step | None, tuple[str, ...]]:
    """Return the step that joins all others, and a sentence where the catalogue has nobody for it."""
    choice = choose(pool, capability=REPORT)
    if choice:
        name, fallbacks = choice.agent.name, choice.fallbacks
        return Step(name=step_name(REPORT), agent=name, capability=REPORT, required=True, fallbacks=fallbacks), ()
    if choose(Pool(pool.specs), capability=REPORT):
        raise PlanningError("options.without: the report cannot be left out, for a run ends in its synthesis")
    return None, (f"a report: no agent in the catalogue can do it; {offer(pool.specs)}",)
