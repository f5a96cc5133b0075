"""What claimed steps are handed: read from the ledger in one statement a lot, before the agents start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine

from agents.contract import AgentReport, Answer, Coverage, CoverageState, Finding, StopSignal, Target, Work
from orchestrator.domain.runs import StepState
from orchestrator.domain.triggers import TriggerKind
from orchestrator.ledger import statements
from orchestrator.ledger.claims import Claim
from orchestrator.ledger.results import restored
from orchestrator.store.approvals import read_answers
from orchestrator.store.direct import Direct
from orchestrator.store.documents import to_json
from orchestrator.store.evidence import StoredEvidence
from orchestrator.store.patience import patiently


@dataclass(frozen=True)
class Loaded:
    """What the ledger holds for a lot of claims that stand behind the same gate."""

    engine: Engine
    outside: Callable[[str], Any]
    """Gives a tenant's access to outside services."""
    row: Any
    """What was read; None where there was nothing to read."""
    _joined: dict[str, AgentReport] = field(default_factory=dict)
    """Reports as joining steps see them: the same for all of a lot, and made once."""

    def work(self, claim: Claim, *, stop: StopSignal) -> Work:
        """Return everything that one claimed step is handed."""
        joins = claim.target is None
        before = [one for one in (self.row.before if self.row else None) or () if joins or _matters(one, claim)]
        return Work(
            run_id=str(claim.run_id),
            step=claim.step.name,
            trigger_kind=claim.kind,
            capability=claim.step.capability,
            target=claim.target,
            targets=tuple(Target.model_validate(target) for target in self.row.targets) if joins and self.row else (),
            sources=claim.step.sources,
            options={**claim.options, **_about_run(claim, self.row)} if joins and self.row else claim.options,
            now=claim.accepted_at,
            cursors=claim.cursors,
            reports=tuple(self._report(one, joins=joins) for one in before if StepState(one["state"]).delivered),
            missing=tuple(_missing(one) for one in before if not StepState(one["state"]).delivered),
            answers=self._answers(claim),
            evidence=StoredEvidence(self.engine, tenant=claim.tenant),
            outside=self.outside(claim.tenant),
            stop=stop,
        )

    def _report(self, one: Mapping[str, Any], *, joins: bool) -> AgentReport:
        """Return the report of an earlier step; joining steps see its findings too."""
        if not joins or self.row is None:
            return restored(one["result"], findings=())
        name = one["name"]
        if name not in self._joined:
            found = tuple(Finding.model_validate_json(body) for body in (self.row.findings or {}).get(name, ()))
            self._joined[name] = restored(one["result"], findings=found)
        return self._joined[name]

    def _answers(self, claim: Claim) -> Mapping[str, Answer]:
        """Return what people answered to the step; whoever asked has been claimed before."""
        if claim.attempt == 1:
            return {}
        return patiently(lambda: self._read_answers(claim))

    def _read_answers(self, claim: Claim) -> Mapping[str, Answer]:
        """Read the answers: a database that is away is no failure of the step's."""
        with self.engine.connect() as conn:
            return read_answers(conn, claim.run_id, step=claim.step.name)


def _about_run(claim: Claim, row: Any) -> dict[str, Any]:  # noqa: ANN401  a row's columns
    """Return what a report says about how the run came to be."""
    notes = [f"{left['agent']} was left out: {left['why']}" for left in row.left_out] + list(row.unserved)
    carried = sorted((row.carried or {}).items())
    notes += [f"{steps} of the results are those of run {run}" for run, steps in carried]
    trigger = {"kind": claim.kind, "subject": row.subject, "source": row.source}
    return {"trigger": trigger, "plan_notes": notes, **({"earlier": row.earlier} if row.earlier else {})}


def _earlier(direct: Direct, claim: Claim, subject: str) -> dict[str, Any] | None:
    """Return what the look before at the same watchlist found, as a report compares with it; None where there is none.

    It is that before the trigger was accepted, so that a replay compares with the same.
    """
    if claim.kind != TriggerKind.MONITOR or not subject:
        return None
    look = to_json(claim.options.get("look") or [])
    where = {"tenant": claim.tenant, "subject": subject, "before": claim.accepted_at, "look": look}
    row = direct.row(statements.EARLIER, where)
    if row is None:
        return None
    return {"run_id": str(row.id), "at": row.finished_at.isoformat(), "findings": row.findings or []}


def load_work(engine: Engine, claims: Sequence[Claim], *, direct: Direct, outside: Callable[[str], Any]) -> Loaded:
    """Return what a lot of claims of one run, all behind the same gate, is handed.

    A joining step gets all steps that stand before it, and none that happens to be done beside it: a replay must see
    the same. Another gets those that it needs or reads from; where there are none, nothing is asked.
    """
    first = claims[0]
    if first.target is None:
        joined = next((claim.joined for claim in claims if claim.joined is not None), None)
        if joined is None:
            joined = direct.row(statements.LOAD_JOIN, {"run": first.run_id, "behind": first.behind}).joined
        return Loaded(engine, outside, SimpleNamespace(**joined, earlier=_earlier(direct, first, joined["subject"])))
    names = sorted({name for claim in claims for name in claim.step.needs})
    sources = sorted({target for claim in claims for target in claim.step.sources})
    if not names and not sources:
        return Loaded(engine, outside, None)
    return Loaded(
        engine, outside, direct.row(statements.LOAD, {"run": first.run_id, "names": names, "sources": sources})
    )


def _matters(one: Mapping[str, Any], claim: Claim) -> bool:
    """Whether an earlier step's outcome matters to a step on a target."""
    mine = one["name"] in claim.step.needs or one["target"] in claim.step.sources
    return mine and one["name"] != claim.step.name


def _missing(one: Mapping[str, Any]) -> Coverage:
    """Return the coverage of a step that gave nothing: it failed, or it was never done."""
    failed = StepState(one["state"]) in {StepState.FAILED, StepState.TIMED_OUT}
    return Coverage(
        source=one["agent"],
        subject=one["target"] or one["name"],
        state=CoverageState.FAILED if failed else CoverageState.NOT_COLLECTED,
        detail=f"{one['name']} {one['state']}: {one['error'] or 'no reason was kept'}",
    )
