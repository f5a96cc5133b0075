"""Holding a run's findings against its rules, once, when it has ended: all that comes of it in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row

from agents.contract import Finding, Target
from orchestrator.domain.responses import ActionState, Rule
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Trigger
from orchestrator.errors import PlanningError
from orchestrator.oversight.bands import STANDARD, Bands, band
from orchestrator.planning.options import read_options
from orchestrator.response import statements
from orchestrator.response.asking import ask_person
from orchestrator.response.matching import Found
from orchestrator.response.proposing import Allowance, Candidate, Grounds, Proposal, Proposals, candidates, propose
from orchestrator.store.documents import clean_text, to_json

_TURN = 0x10_0C_0A  # any number of our own: the advisory lock under which today's actions are counted
_LOT = 100
_ANSWERABLE = frozenset({RunState.SUCCEEDED, RunState.PARTIAL})


@dataclass(frozen=True)
class Terms:
    """What holds for all rules."""

    bands: Bands = STANDARD
    actions_per_day: int = 500
    follow_ups_per_day: int = 50
    approval_seconds: float = 86_400.0
    """How long a person may take to decide about an action."""


@dataclass(frozen=True)
class Case:
    """A run that has ended, as its rules see it."""

    run_id: UUID
    tenant: str
    rules: tuple[Rule, ...]
    found: tuple[Found, ...]
    grounds: Grounds


def consider_ended(engine: Engine, *, terms: Terms) -> int:
    """Hold the findings of runs that have ended against their rules; return how many actions came into being."""
    with engine.connect() as conn:
        runs = conn.execute(statements.UNANSWERED_RUNS, {"limit": _LOT}).scalars().all()
    return sum(len(consider(engine, run_id, terms=terms).actions) for run_id in runs)


def consider(engine: Engine, run_id: UUID, *, terms: Terms) -> Proposals:
    """Let the actions come into being that one run's rules make of its findings; nothing where that was done before."""
    with engine.begin() as conn:
        conn.execute(statements.TURN, {"key": _TURN})
        if conn.execute(statements.RESPONDED, {"run": run_id}).scalar_one():
            return Proposals()
        try:
            case = read_case(conn, run_id, terms=terms)
        except (PlanningError, ValidationError) as error:
            # Written by another version: one run that this one cannot read must not hold up all others.
            note = f"its rules or findings cannot be read: {clean_text(str(error))[:500]}"
            conn.execute(statements.NOTE_RESPONSE, {"run": run_id, "actions": 0, "held_back": 0, "note": note})
            return Proposals()
        proposals = proposed(conn, case, rules=case.rules, terms=terms)
        _write(conn, case, proposals, terms=terms)
    return proposals


def read_case(conn: Connection, run_id: UUID, *, terms: Terms) -> Case:
    """Return a run's rules, its findings, and what is known beside; no findings of a run that did not come to an end.

    A run whose synthesis says nothing of its confidence counts as not sure at all.
    """
    row = conn.execute(statements.RUN_GROUNDS, {"run": run_id}).one()
    sure = row.confidence or 0.0
    rules = read_options(Trigger.model_validate(row.trigger).options).respond
    tiers = {target.id: target.tier for target in map(Target.model_validate, row.targets)}
    wanted = {"run": run_id, "tenant": row.tenant}
    rows = conn.execute(statements.RUN_FINDINGS, wanted) if RunState(row.state) in _ANSWERABLE else ()
    found = tuple(_found(each, tiers=tiers) for each in rows)
    return Case(run_id, row.tenant, rules, found, Grounds(band(sure, terms.bands), confidence=sure, depth=row.depth))


def proposed(conn: Connection, case: Case, *, rules: Iterable[Rule], terms: Terms) -> Proposals:
    """Return the actions that rules make of a run's findings and that never came into being before; writes nothing."""
    fresh = _fresh(conn, candidates(rules, case.found, tenant=case.tenant), tenant=case.tenant)
    today = conn.execute(statements.TODAY, {"tenant": case.tenant}).one()
    left = Allowance(terms.actions_per_day - today.actions, terms.follow_ups_per_day - today.follow_ups)
    return propose(fresh, grounds=case.grounds, left=left)


def _found(row: Row[Any], *, tiers: Mapping[str, str]) -> Found:
    """Return a finding with what rules ask beside."""
    finding = Finding.model_validate(row.body)
    return Found(finding, tier=tiers.get(finding.target, ""), new=row.new)


def _fresh(conn: Connection, matched: Sequence[Candidate], *, tenant: str) -> list[Candidate]:
    """Return the candidates that never came into being."""
    ids = [candidate.id for candidate in matched]
    known = set(conn.execute(statements.KNOWN, {"tenant": tenant, "ids": ids}).scalars()) if ids else set()
    return [candidate for candidate in matched if candidate.id not in known]


def _write(conn: Connection, case: Case, proposals: Proposals, *, terms: Terms) -> None:
    """Write down what came of a run, and ask people where they decide."""
    counts = {"actions": len(proposals.actions), "held_back": sum(proposals.held_back.values())}
    conn.execute(statements.NOTE_RESPONSE, {"run": case.run_id, **counts, "note": proposals.note})
    if proposals.actions:
        rows = to_json([_row(each) for each in proposals.actions])
        conn.execute(statements.INSERT_ACTIONS, {"tenant": case.tenant, "run": case.run_id, "rows": rows})
    for each in proposals.actions:
        if each.state is ActionState.WAITING:
            ask_person(conn, each, tenant=case.tenant, expires_seconds=terms.approval_seconds)


def _row(proposal: Proposal) -> dict[str, Any]:
    """Return an action's row."""
    return {
        "id": proposal.id,
        "rule": proposal.rule,
        "finding_id": proposal.finding.id,
        "target": clean_text(proposal.finding.target),
        "kind": proposal.kind,
        "parameters": dict(proposal.parameters),
        "finding": proposal.finding.model_dump(mode="json"),
        "band": proposal.grounds.band,
        "confidence": proposal.grounds.confidence,
        "depth": proposal.grounds.depth,
        "state": proposal.state,
        "why": proposal.why,
    }
