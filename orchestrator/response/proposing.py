"""From rules and findings to proposed actions: pure functions, so that the same run always proposes the same.

An action's id is made of what it would do and to what: the rule's name, the deed with its parameters, the finding and
its target. The same finding in the next run has the same id and so does not act again; a rule that calls somebody else
has another. A rehearsal has an id of its own: what was rehearsed can still be done.

What a limit holds back is counted and not written down: a flood of findings fills no table, and what it held back may
still come into being with a later run, as long as it is found.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pydantic import JsonValue

from agents.contract import Finding, stable_id
from orchestrator.domain.responses import ActionKind, ActionState, Rule
from orchestrator.oversight.bands import Band
from orchestrator.response.matching import Found, matches

DEEPEST = 3
"""A follow-up of a follow-up of a follow-up is the last: whatever it finds, no further run comes of it."""
MOST_REHEARSALS = 200
"""Of one run: enough to see what a rule would do."""

FIRST_STATE: Mapping[Band, ActionState] = MappingProxyType(
    {
        Band.AUTONOMOUS: ActionState.DUE,
        Band.LOGGED: ActionState.DUE,
        Band.CHECKPOINT: ActionState.CHECKING,
        Band.ESCALATED: ActionState.WAITING,
    }
)
"""Where an action begins, by the band of the synthesis's confidence."""


@dataclass(frozen=True)
class Candidate:
    """A rule and a finding that it is for, with the id of the action that comes of them."""

    id: str
    rule: Rule
    finding: Finding


@dataclass(frozen=True)
class Grounds:
    """What proposals are made on, beside rules and findings."""

    band: Band
    confidence: float
    depth: int
    """How many follow-ups lie between the run and the trigger that somebody sent; 0 for that trigger's own run. An
    action keeps its run's; a run that it starts is one deeper."""


@dataclass(frozen=True)
class Allowance:
    """How many more actions may come into being: of all kinds and follow-up runs today, rehearsals of one run."""

    actions: int
    follow_ups: int
    rehearsals: int = MOST_REHEARSALS

    def less(self, candidate: Candidate) -> "Allowance":
        """Return what is left after one more."""
        if candidate.rule.dry_run:
            return Allowance(self.actions, self.follow_ups, self.rehearsals - 1)
        follows = candidate.rule.then.does is ActionKind.FOLLOW_UP
        return Allowance(self.actions - 1, self.follow_ups - follows, self.rehearsals)


@dataclass(frozen=True)
class Proposal:
    """One action, as it comes into being."""

    id: str
    rule: str
    finding: Finding
    kind: ActionKind
    parameters: Mapping[str, JsonValue]
    grounds: Grounds
    state: ActionState
    why: str
    """Why it begins in that state."""


@dataclass(frozen=True)
class Proposals:
    """What comes of a run, and how many more would have, by the limit that held them back."""

    actions: tuple[Proposal, ...] = ()
    held_back: Mapping[str, int] = field(default_factory=dict)

    @property
    def note(self) -> str | None:
        """What was held back, in words; None where nothing was."""
        return "; ".join(f"{count} held back: {why}" for why, count in self.held_back.items()) or None


def candidates(rules: Iterable[Rule], found: Iterable[Found], *, tenant: str) -> tuple[Candidate, ...]:
    """Return what the rules make of findings, each action once, in the order of rules, then of findings' ids."""
    ordered = sorted(found, key=lambda each: each.finding.id)
    matched = (
        Candidate(action_id(rule, each.finding, tenant=tenant), rule, each.finding)
        for rule in rules
        for each in ordered
        if matches(rule.when, each)
    )
    return tuple({candidate.id: candidate for candidate in matched}.values())


def propose(fresh: Iterable[Candidate], *, grounds: Grounds, left: Allowance) -> Proposals:
    """Return the actions that come of candidates that never came into being before, as far as the limits let them."""
    actions: list[Proposal] = []
    held_back: dict[str, int] = {}
    for candidate in fresh:
        limit = _limit(candidate, grounds=grounds, left=left)
        if limit:
            held_back[limit] = held_back.get(limit, 0) + 1
            continue
        actions.append(_proposal(candidate, grounds=grounds))
        left = left.less(candidate)
    return Proposals(tuple(actions), held_back)


def action_id(rule: Rule, finding: Finding, *, tenant: str) -> str:
    """Return the id of what a rule makes of a finding: the key under which it is done at most once."""
    deed = json.dumps(rule.then.model_dump(mode="json"), sort_keys=True)
    mode = "rehearsal" if rule.dry_run else "real"
    return stable_id("act", tenant, mode, rule.name, deed, finding.id, finding.target)


def _limit(candidate: Candidate, *, grounds: Grounds, left: Allowance) -> str:
    """Return the limit that holds a candidate back, in words; empty where none does."""
    if candidate.rule.dry_run:
        return "" if left.rehearsals > 0 else f"a run rehearses at most {MOST_REHEARSALS} actions"
    follows = candidate.rule.then.does is ActionKind.FOLLOW_UP
    limits = (
        (follows and grounds.depth >= DEEPEST, f"the run is itself follow-up number {grounds.depth} in a row"),
        (follows and left.follow_ups < 1, "today's follow-up runs are used up (follow_ups_per_day)"),
        (left.actions < 1, "today's actions are used up (actions_per_day)"),
    )
    return next((why for reached, why in limits if reached), "")


def _proposal(candidate: Candidate, *, grounds: Grounds) -> Proposal:
    """Return one action with where it begins and why: a rehearsal, or where the band puts it."""
    rule = candidate.rule
    sure = f"the synthesis is {grounds.confidence:.0%} sure: {grounds.band}"
    return Proposal(
        id=candidate.id,
        rule=rule.name,
        finding=candidate.finding,
        kind=rule.then.does,
        parameters=rule.then.model_dump(mode="json"),
        grounds=grounds,
        state=ActionState.REHEARSED if rule.dry_run else FIRST_STATE[grounds.band],
        why=f"rule {rule.name!r} is a rehearsal (dry_run: true); {sure}" if rule.dry_run else sure,
    )
