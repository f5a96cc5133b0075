"""A rehearsal: what rules would make of a run's findings, and what each action would do. Nothing is written or sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine

from orchestrator.domain.responses import ActionKind, ActionState, Rule
from orchestrator.response.considering import Terms, proposed, read_case
from orchestrator.response.contract import Action, ActionError, Order
from orchestrator.response.proposing import Proposal


@dataclass(frozen=True)
class Rehearsed:
    """One action as it would come into being, and what it would do or why it could not."""

    id: str
    rule: str
    kind: ActionKind
    target: str
    state: ActionState
    why: str
    would: str


@dataclass(frozen=True)
class Rehearsal:
    """All that would come of a run, and what limits would hold back."""

    actions: tuple[Rehearsed, ...]
    note: str | None


def rehearse(
    engine: Engine,
    run_id: UUID,
    *,
    actions: Mapping[ActionKind, Action],
    terms: Terms,
    rules: Sequence[Rule] | None = None,
) -> Rehearsal:
    """Hold a run's findings against its own rules, or against others; what came into being before is left out."""
    with engine.connect() as conn:
        case = read_case(conn, run_id, terms=terms)
        found = proposed(conn, case, rules=case.rules if rules is None else rules, terms=terms)
    told = tuple(_rehearsed(each, run_id, tenant=case.tenant, actions=actions) for each in found.actions)
    return Rehearsal(told, found.note)


def _rehearsed(proposal: Proposal, run_id: UUID, *, tenant: str, actions: Mapping[ActionKind, Action]) -> Rehearsed:
    """Return one action with what it would do."""
    order = Order(
        id=proposal.id,
        tenant=tenant,
        run_id=str(run_id),
        rule=proposal.rule,
        kind=proposal.kind,
        parameters=proposal.parameters,
        finding=proposal.finding,
        depth=proposal.grounds.depth,
    )
    try:
        would = actions[proposal.kind].rehearse(order).words
    except ActionError as error:
        would = f"could not: {error}"
    return Rehearsed(
        proposal.id, proposal.rule, proposal.kind, proposal.finding.target, proposal.state, proposal.why, would
    )
