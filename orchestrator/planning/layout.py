"""The shape of a plan.

Each target's analysis follows its own collection and nobody else's; the advisories are read before whatever compares
with them, and nothing else waits for them; the report joins everything::

    ( collect:git(a) > health(a)
    | collect:git(b) > health(b)
    | (advisories(x) | advisories(y)) > (dependencies(a) > exposure(a) | dependencies(c) > exposure(c))
    ) > report

A target that wants a baseline gets it behind all of its own branches: ``(… | …) > baseline(a)``. They stay together, so
where one of them compares with advisories, all of them follow the advisories.
"""

from collections.abc import Mapping
from typing import NamedTuple

from agents.contract import Hybrid, Target, TargetKind
from orchestrator.domain.plans import Shape, Step, parallel, sequence
from orchestrator.errors import PlanningError
from orchestrator.planning.asking import Ask
from orchestrator.planning.branches import Branch, branches, collect_step, with_baseline
from orchestrator.planning.choosing import Choice, Pool, choose
from orchestrator.planning.drafts import Draft
from orchestrator.planning.leftouts import offer, unserved
from orchestrator.planning.looks import ADVISORIES, BASELINE, REPORT
from orchestrator.planning.naming import slugs, step_name


class Layout(NamedTuple):
    """A shape, and what is missing in it, in words."""

    shape: Shape
    gaps: tuple[str, ...]


def lay_out(draft: Draft) -> Layout:
    """Return the whole shape. PlanningError where there is nothing to do."""
    names = slugs([*(ask.target for ask in draft.asked.asks), *draft.asked.advisories])
    sources = tuple(target.id for target in draft.asked.advisories)
    found = [branch for ask in draft.asked.asks for branch in _branches(ask, draft, names=names, sources=sources)]
    alone = [branch.shape for branch in found if not (branch.reads_advisories and sources)]
    compared = [branch.shape for branch in found if branch.reads_advisories and sources]
    collects, gaps = _advisories(draft, names=names) if compared or draft.asked.read_anyway else ((), ())
    work = parallel(*alone, sequence(parallel(*collects), parallel(*compared)))
    if work is None:
        nothing = f"no target here is looked at for what is asked; {offer(draft.pool.specs)}"
        raise PlanningError(f"nothing of this trigger can be done: {'; '.join([*draft.unserved, *gaps]) or nothing}")
    report, missing = _report(draft.pool)
    return Layout(sequence(work, report) or work, (*gaps, *_without_baseline(draft), *missing))


def _branches(ask: Ask, draft: Draft, *, names: Mapping[str, str], sources: tuple[str, ...]) -> list[Branch]:
    """Return the branches of one target."""
    wanted = (draft.services.get((look, ask.target.kind)) for look in ask.looks)
    served = [service for service in wanted if service]
    slug = names[ask.target.id]
    found = branches(ask.target, served, slug=slug, sources=sources)
    choice = _baseline(ask.target, draft.pool)
    return [with_baseline(ask.target, found, choice=choice, slug=slug, sources=sources)] if found and choice else found


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
    targets = draft.asked.advisories
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
