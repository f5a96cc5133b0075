"""What a trigger asks for: which looks at which of its targets, and whether its advisories are to be read anyway.

================  ==========================================================================================
kind              looks
================  ==========================================================================================
monitor           each target's own
webhook, spike    each target's own
advisory          exposure, where a target's own looks have it
release           health, and exposure if there are advisories to compare with, where its own looks have them
request           what the words ask for; the targets' own where no word is recognised
================  ==========================================================================================

The option ``look`` goes before the kind, and takes from each target's own looks. A look that is new to us is kept,
so that the plan can say whether anybody can do it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.planning.looks import EXPOSURE, HEALTH, KINDS_OF_LOOK, looks_of
from orchestrator.planning.options import Options
from orchestrator.planning.words import looks_in, words_in

_SHORTEST_MENTION = 3


class Ask(NamedTuple):
    """One target, and what to look at."""

    target: Target
    looks: tuple[str, ...]


class Asked(NamedTuple):
    """Everything that a trigger asks for, its targets in their own order."""

    asks: tuple[Ask, ...]
    advisories: tuple[Target, ...]
    """Folders of advisories: read for whichever analysis reads them."""
    read_anyway: bool
    """Whether they are read although no analysis reads them: the watchlist wants them fresh."""


def asked(trigger: Trigger, *, options: Options) -> Asked:
    """Return what a trigger asks for, by its kind, its options and its targets."""
    advisories = tuple(target for target in trigger.targets if target.kind is TargetKind.ADVISORIES)
    asks = _requested(trigger) if _in_words(trigger, options=options) else _own(trigger, options=options)
    exposed = not options.look or EXPOSURE in options.look
    return Asked(
        asks=tuple(ask for ask in asks if ask.looks),
        advisories=advisories,
        read_anyway=exposed and trigger.kind in {TriggerKind.MONITOR, TriggerKind.ADVISORY},
    )


def _own(trigger: Trigger, *, options: Options) -> Iterable[Ask]:
    """Yield each target with those of its own looks that the options, or else the trigger's kind, want."""
    wanted = options.look or _of_kind(trigger)
    for target in trigger.targets:
        own = looks_of(target)
        new = tuple(look for look in options.look if look not in KINDS_OF_LOOK and look not in own)
        kept = tuple(look for look in own if look in wanted) if wanted else own
        yield Ask(target, kept + new if target.kind is not TargetKind.ADVISORIES else kept)


def _of_kind(trigger: Trigger) -> tuple[str, ...]:
    """Return the looks that a trigger's kind is limited to; empty where it is not."""
    if trigger.kind is TriggerKind.ADVISORY:
        return (EXPOSURE,)
    if trigger.kind is TriggerKind.RELEASE:
        compared = any(target.kind is TargetKind.ADVISORIES for target in trigger.targets)
        return (HEALTH, EXPOSURE) if compared else (HEALTH,)
    return ()


def _in_words(trigger: Trigger, *, options: Options) -> bool:
    """Whether the words of a request decide what to look at."""
    return trigger.kind is TriggerKind.REQUEST and not options.look and bool(looks_in(_words(trigger)))


def _words(trigger: Trigger) -> str:
    """Return all that a person wrote."""
    return f"{trigger.subject} {trigger.text}"


def _requested(trigger: Trigger) -> Iterable[Ask]:
    """Yield each target that the words mean, with what they ask for and its kind allows.

    A request goes before what the watchlist says of a target. A look that none of the targets allows stays with all of
    them: then the plan says that it cannot be done.
    """
    targets = _meant(trigger)
    kinds = {target.kind for target in targets}
    for target in targets:
        yield Ask(target, tuple(look for look in looks_in(_words(trigger)) if _fits(look, target.kind, kinds=kinds)))


def _fits(look: str, kind: TargetKind, *, kinds: set[TargetKind]) -> bool:
    """Whether a look is to be asked of a kind of target, where targets of these kinds are there."""
    allowed = KINDS_OF_LOOK.get(look, frozenset())
    return kind in allowed or not allowed & kinds


def _meant(trigger: Trigger) -> tuple[Target, ...]:
    """Return the targets that the words name, else all that can be looked at."""
    targets = tuple(target for target in trigger.targets if target.kind is not TargetKind.ADVISORIES)
    labels = (target.label for target in targets if len(target.label) >= _SHORTEST_MENTION)
    named = words_in(_words(trigger), among=labels)
    return tuple(target for target in targets if target.label in named) or targets
