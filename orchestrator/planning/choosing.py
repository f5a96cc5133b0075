"""Who does what: agents are chosen by what they can do, on what kind of target, and by what they read.

Of several agents that can do the same the best is taken, and the others stand behind it: first whoever finds most of
what it reads collected, then the one with the fewest other capabilities, then the name that sorts first. The order of
the catalogue has no say, so that two installations plan alike.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agents.contract import AgentSpec, TargetKind
from orchestrator.planning.looks import ADVISORIES, Collection, capability_of, own_collections


class Choice(NamedTuple):
    """An agent for a capability, and who takes over where it fails for good."""

    agent: AgentSpec
    capability: str
    fallbacks: tuple[str, ...] = ()


class Service(NamedTuple):
    """Who looks at a kind of target, and what has to be collected before."""

    analysis: Choice
    collections: tuple[Choice, ...]
    reads_advisories: bool


class Refusal(NamedTuple):
    """Why nobody can look at a kind of target."""

    why: str


class Pool(NamedTuple):
    """The agents that may take part."""

    specs: Mapping[str, AgentSpec]
    excluded: frozenset[str] = frozenset()

    @property
    def agents(self) -> tuple[AgentSpec, ...]:
        """Those that may take part, by name."""
        return tuple(self.specs[name] for name in sorted(self.specs) if name not in self.excluded)


def choose(pool: Pool, *, capability: str, kind: TargetKind | None = None) -> Choice | None:
    """Return who does a capability on a kind of target, or for all targets where there is no kind; None for nobody."""
    able = _able(pool.agents, capability=capability, kind=kind)
    return _best(able, capability=capability, missing={}) if able else None


def serve(pool: Pool, *, look: str, kind: TargetKind, advisories: bool) -> Service | Refusal:
    """Return who looks at a kind of target; a refusal, in words, where nobody can.

    ``advisories`` says whether there are any to be read. An agent whose evidence nobody collects would add nothing.
    """
    capability = capability_of(look)
    able = _able(pool.agents, capability=capability, kind=kind)
    fed = {spec.name: found for spec in able if (found := _collected(pool, spec=spec, kind=kind)) is not None}
    if not fed:
        return Refusal(_why(pool, capability=capability, kind=kind, able=able))
    missing = {name: _missing(pool.specs[name], found, advisories=advisories) for name, found in fed.items()}
    best = _best([spec for spec in able if spec.name in fed], capability=capability, missing=missing)
    collected = fed[best.agent.name]
    stand_ins = tuple(name for name in best.fallbacks if _shares(fed[name], collected))
    reads = bool(best.agent.reads & ADVISORIES.gives)
    return Service(best._replace(fallbacks=stand_ins), tuple(each for _, each in collected), reads_advisories=reads)


def _able(agents: Iterable[AgentSpec], *, capability: str, kind: TargetKind | None) -> list[AgentSpec]:
    """Return the agents with a capability that work on a kind of target, or need none."""
    able = (spec for spec in agents if capability in spec.capabilities)
    return [spec for spec in able if kind is None or kind in spec.target_kinds]


def _best(able: list[AgentSpec], *, capability: str, missing: Mapping[str, int]) -> Choice:
    """Return the best of the able agents with the others behind it, those first that its own entry names."""
    ranked = sorted(able, key=lambda spec: (missing.get(spec.name, 0), len(spec.capabilities), spec.name))
    names = [spec.name for spec in ranked[1:]]
    named = [name for name in ranked[0].fallbacks if name in names]
    return Choice(ranked[0], capability, tuple(dict.fromkeys([*named, *names])))


def _collected(pool: Pool, *, spec: AgentSpec, kind: TargetKind) -> list[tuple[Collection, Choice]] | None:
    """Return who collects what an agent reads of its own target; None where it reads and nobody collects any of it."""
    wanted = own_collections(kind, reads=spec.reads)
    found = [(each, choose(pool, capability=each.capability, kind=kind)) for each in wanted]
    served = [(each, choice) for each, choice in found if choice]
    return served if served or not spec.reads else None


def _shares(theirs: list[tuple[Collection, Choice]], ours: list[tuple[Collection, Choice]]) -> bool:
    """Whether an agent that stands in finds something of its own among what is collected for the one that failed."""
    return not theirs or not {each.capability for each, _ in theirs}.isdisjoint(each.capability for each, _ in ours)


def _missing(spec: AgentSpec, found: list[tuple[Collection, Choice]], *, advisories: bool) -> int:
    """Return how many kinds of evidence an agent reads that nothing in the plan collects."""
    given = frozenset(kind for each, _ in found for kind in each.gives) | (ADVISORIES.gives if advisories else set())
    return len(spec.reads - given)


def _why(pool: Pool, *, capability: str, kind: TargetKind, able: list[AgentSpec]) -> str:
    """Return why nobody has a capability on a kind of target."""
    if able:
        lost = "; ".join(f"{spec.name} could, but reads {', '.join(sorted(spec.reads))}" for spec in able)
        return f"{lost}, and no agent collects it"
    dropped = [name for name in sorted(pool.excluded) if capability in pool.specs[name].capabilities]
    if dropped:
        return f"{', '.join(dropped)} could, but the option 'without' leaves that out"
    others = [spec for spec in pool.agents if capability in spec.capabilities]
    if others:
        kinds = sorted({str(each) for spec in others for each in spec.target_kinds})
        names = ", ".join(spec.name for spec in others)
        return f"no agent can do it for a target of kind {kind} ({names}: {', '.join(kinds)} only)"
    return "no agent in the catalogue can do it"
