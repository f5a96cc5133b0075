"""What a plan leaves out, in words: agents that would add nothing, and wishes that nobody can fulfil."""

from collections.abc import Iterable, Mapping, Sequence

from agents.contract import AgentSpec, Target, TargetKind
from orchestrator.domain.plans import LeftOut, Step
from orchestrator.planning.choosing import Pool
from orchestrator.planning.looks import BASELINE, capability_of

_NAMED = 3
_LOOK = capability_of("")


def left_out(pool: Pool, *, steps: Sequence[Step], kinds: Iterable[TargetKind]) -> tuple[LeftOut, ...]:
    """Return every agent of the catalogue that has no step, and why; in the catalogue's order.

    Whoever only makes baselines is named where it was left out on purpose: nobody misses what they did not ask for.
    """
    used = {step.agent for step in steps}
    stands_in = {name: step.agent for step in steps for name in step.fallbacks}
    there = frozenset(kinds)
    return tuple(
        LeftOut(agent=name, why=_why(pool, spec=spec, stands_in=stands_in, kinds=there))
        for name, spec in pool.specs.items()
        if name not in used and (name in pool.excluded or not _stands_behind(spec))
    )


def unserved(look: str, targets: Sequence[Target], *, why: str, specs: Mapping[str, AgentSpec]) -> str:
    """Return the sentence for a look that nobody can do."""
    return f"{look} of {_names(targets)}: {why}; {offer(specs)}"


def offer(specs: Mapping[str, AgentSpec]) -> str:
    """Return what a catalogue can do, in words."""
    able = (
        f"{name} ({', '.join(sorted(spec.capabilities))})" for name, spec in specs.items() if not _stands_behind(spec)
    )
    return f"agents: {', '.join(able) or 'none'}"


def _stands_behind(spec: AgentSpec) -> bool:
    """Whether an agent does nothing but stand behind others: no look is its own."""
    return spec.capabilities == {BASELINE}


def _why(pool: Pool, *, spec: AgentSpec, stands_in: Mapping[str, str], kinds: frozenset[TargetKind]) -> str:
    """Return why an agent has no step."""
    if spec.name in pool.excluded:
        return "the option 'without' leaves it out"
    if spec.name in stands_in:
        return f"{stands_in[spec.name]} does the same; it takes over where that fails for good"
    if spec.target_kinds and not spec.target_kinds & kinds:
        return f"there is no target of kind {_either(spec.target_kinds)}"
    looks = sorted(each.removeprefix(_LOOK) for each in spec.capabilities if each.startswith(_LOOK))
    if looks:
        return f"no target of kind {_either(spec.target_kinds)} is looked at for {' or '.join(looks)}"
    return f"nothing here asks for {' or '.join(sorted(spec.capabilities)) or 'it'}"


def _either(kinds: Iterable[TargetKind]) -> str:
    """Return kinds of target in words."""
    return " or ".join(sorted(str(kind) for kind in kinds)) or "any"


def _names(targets: Sequence[Target]) -> str:
    """Return targets in words: the first few by id, and how many more."""
    named = ", ".join(target.id for target in targets[:_NAMED])
    more = len(targets) - _NAMED
    return f"{named} and {more} more" if more > 0 else named
