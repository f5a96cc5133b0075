"""The load: triggers whose plans have eight steps each, in nested shapes, all of it drawn from a seed.

A trigger names three things to look at and a folder of advisories. The planner makes of each git repository a chain
(collect, then analyse) and of each lock file a chain that begins only when the advisories are read; the report joins::

    ( collect > analyse | advisories > ( collect > analyse | collect > analyse ) ) > report
"""

from random import Random

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.planning.keys import trigger_key

STEPS = 8
LOOKED_AT = 3
DEADLINE_SECONDS = 150.0
_PLACES = 300
"""How many things are looked at in turn: runs that look at the same one write to the same rows."""
_URGENT_SHARE = 0.1
_LOOKS = {TargetKind.GIT: "health", TargetKind.SBOM: "exposure"}


def trigger(seed: int, number: int) -> Trigger:
    """Return one trigger of the load."""
    rng = Random(f"load:{seed}:{number}")
    repositories = rng.randint(0, LOOKED_AT)
    places = rng.sample(range(_PLACES), LOOKED_AT)
    looked_at = [
        _target(TargetKind.GIT if index < repositories else TargetKind.SBOM, place)
        for index, place in enumerate(places)
    ]
    advisories = Target(kind=TargetKind.ADVISORIES, location=f"/made-up/advisories-{rng.randrange(_PLACES)}")
    return Trigger(
        kind=TriggerKind.MONITOR,
        targets=(*looked_at, advisories),
        key=f"chaos-{seed}-{number}",
        source="chaos",
        priority=Priority.CRITICAL if rng.random() < _URGENT_SHARE else Priority.NORMAL,
        deadline_seconds=DEADLINE_SECONDS,
    )


def keys(seed: int, runs: int) -> list[str]:
    """Return the keys under which the ledger knows the runs of a load."""
    return [trigger_key(trigger(seed, number), fresh="") for number in range(runs)]


def _target(kind: TargetKind, place: int) -> Target:
    return Target(kind=kind, location=f"/made-up/{kind}-{place}", look=(_LOOKS[kind],))
