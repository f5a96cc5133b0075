"""What is asked for, who does it and what nobody can do: everything that is known before a plan gets its shape."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Trigger
from orchestrator.planning.asking import Asked, asked
from orchestrator.planning.choosing import Pool, Refusal, Service, serve
from orchestrator.planning.leftouts import unserved
from orchestrator.planning.options import Options

Wish = tuple[str, TargetKind]
"""A look at a kind of target: who does it is the same for all targets of the kind."""


class Draft(NamedTuple):
    """A plan before it has a shape."""

    asked: Asked
    pool: Pool
    services: Mapping[Wish, Service]
    unserved: tuple[str, ...]


def make_draft(trigger: Trigger, *, options: Options, pool: Pool) -> Draft:
    """Return what is asked for, who does it, and what nobody can do."""
    wishes = asked(trigger, options=options)
    groups: dict[Wish, list[Target]] = defaultdict(list)
    for ask in wishes.asks:
        for look in ask.looks:
            groups[look, ask.target.kind].append(ask.target)
    compared = bool(wishes.advisories)
    answers = {wish: serve(pool, look=wish[0], kind=wish[1], advisories=compared) for wish in groups}
    return Draft(
        asked=wishes,
        pool=pool,
        services={wish: answer for wish, answer in answers.items() if isinstance(answer, Service)},
        unserved=tuple(
            unserved(wish[0], groups[wish], why=answer.why, specs=pool.specs)
            for wish, answer in answers.items()
            if isinstance(answer, Refusal)
        ),
    )
