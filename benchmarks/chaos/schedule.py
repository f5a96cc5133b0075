"""What is done, to whom and when: drawn from a seed, and more of it the larger the load."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from random import Random
from types import MappingProxyType
from typing import TypeVar

from benchmarks.chaos.deeds import BROKER_CUTS, POSTGRES_CUTS, Cut, Deed, Disturbance, Role

FIRST, LAST = 0.02, 0.85
"""Between which shares of ended runs something is done: at the end, too little is at work to be hit."""
ROLES: Mapping[Role, int] = MappingProxyType(
    {Role.CHILD: 46, Role.WORKER: 18, Role.ORCHESTRATOR: 12, Role.RELAY: 12, Role.BEAT: 12}
)
"""Of a hundred kills, how many go to each role."""
FROZEN: Mapping[Role, int] = MappingProxyType(
    {Role.WORKER: 40, Role.CHILD: 20, Role.ORCHESTRATOR: 10, Role.RELAY: 10, Role.BEAT: 20}
)
"""The same for stopped processes."""

_Whom = TypeVar("_Whom", Role, Cut)


@dataclass(frozen=True)
class Amounts:
    """How much of each is done."""

    kills: int
    freezes: int
    flushes: int
    broker_kills: int
    postgres_stops: int
    postgres_cuts: int
    broker_cuts: int

    def as_json(self) -> dict[str, int]:
        """Return the amounts as a JSON value."""
        return asdict(self)


@dataclass(frozen=True)
class Spans:
    """How long processes stay stopped and servers away, in seconds, from and to."""

    freeze: tuple[float, float]
    broker: tuple[float, float] = (0.2, 1.5)
    postgres: tuple[float, float] = (0.2, 1.0)


def amounts(runs: int) -> Amounts:
    """Return how much is done to a load of so many runs: with 2,000 of them 220 kills and three of each outage."""
    outages = max(1, min(3, runs // 600))
    return Amounts(
        kills=max(2 * len(ROLES), ceil(runs * 0.11)),
        freezes=max(4, ceil(runs / 50)),
        flushes=outages,
        broker_kills=outages,
        postgres_stops=outages,
        postgres_cuts=max(6, ceil(runs / 10)),
        broker_cuts=max(6, ceil(runs / 10)),
    )


def schedule(seed: int, *, wanted: Amounts, spans: Spans) -> tuple[Disturbance, ...]:
    """Return everything to be done, in order; the same seed and amounts give the same."""
    rng = Random(f"chaos:{seed}")
    cuts = [*_shared(_evenly(POSTGRES_CUTS), wanted.postgres_cuts), *_shared(_evenly(BROKER_CUTS), wanted.broker_cuts)]
    plans: list[Iterator[Disturbance]] = [
        _spread(rng, Deed.KILL, _shared(ROLES, wanted.kills)),
        _spread(rng, Deed.FREEZE, _shared(FROZEN, wanted.freezes), seconds=spans.freeze),
        _spread(rng, Deed.CUT, cuts),
        _spread(rng, Deed.FLUSH, [None] * wanted.flushes),
        _spread(rng, Deed.BROKER_KILL, [None] * wanted.broker_kills, seconds=spans.broker),
        _spread(rng, Deed.POSTGRES_STOP, [None] * wanted.postgres_stops, seconds=spans.postgres),
    ]
    return tuple(sorted((one for plan in plans for one in plan), key=lambda one: (one.at, one.deed)))


def _spread(
    rng: Random, deed: Deed, whom: Sequence[Role | Cut | None], *, seconds: tuple[float, float] = (0.0, 0.0)
) -> Iterator[Disturbance]:
    """Spread a deed over the load, one a slice of it, to everybody named, in drawn order."""
    for slot, one in enumerate(rng.sample(whom, len(whom))):
        at = FIRST + (LAST - FIRST) * (slot + rng.random()) / len(whom)
        yield Disturbance(at=round(at, 4), deed=deed, whom=one, seconds=round(rng.uniform(*seconds), 2))


def _shared(weights: Mapping[_Whom, int], count: int) -> list[_Whom]:
    """Return so many names by their weights, each at least once where there are enough, by largest remainder."""
    total = sum(weights.values())
    exact = {name: count * weight / total for name, weight in weights.items()}
    least = int(count >= len(weights))
    given = {name: max(least, int(share)) for name, share in exact.items()}
    by_lack = sorted(weights, key=lambda name: given[name] - exact[name])
    for name in (by_lack * count)[: max(0, count - sum(given.values()))]:
        given[name] += 1
    return [name for name, many in given.items() for _ in range(many)][:count]


def _evenly(names: Sequence[_Whom]) -> Mapping[_Whom, int]:
    """Return the same weight for all."""
    return dict.fromkeys(names, 1)
