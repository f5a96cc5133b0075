"""The action ``follow_up``: start a run about the finding's target. The ledger's key makes it one, however often."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue

from agents.contract import Target, TargetKind
from orchestrator.domain.responses import ActionKind, FollowUp
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import AdmissionError, PlanningError
from orchestrator.intake import Intake
from orchestrator.response import statements
from orchestrator.response.contract import ActionPutOffError, ActionRefusedError, Order, Outcome

SOURCE = "response"
"""What the triggers of follow-up runs say of where they come from."""


@dataclass(frozen=True)
class StartFollowUp:
    """Starts follow-up runs."""

    intake: Intake
    kind: ActionKind = ActionKind.FOLLOW_UP

    def rehearse(self, order: Order) -> Outcome:
        """Return which steps the run would have."""
        try:
            plan = self.intake.prepare(self._trigger(order)).plan
        except PlanningError as error:
            raise ActionRefusedError(str(error)) from error
        steps = [step.name for step in plan.steps]
        return Outcome(f"would start a run of {len(steps)} steps", facts={"steps": [*steps]})

    def perform(self, order: Order) -> Outcome:
        """Start the run; the same order finds the run that it led to."""
        try:
            accepted = self.intake.accept(self._trigger(order))
        except PlanningError as error:
            raise ActionRefusedError(str(error)) from error
        except AdmissionError as error:
            raise ActionPutOffError(str(error), seconds=error.retry_after_seconds) from error
        return Outcome(f"started run {accepted.run_id}", facts={"run": str(accepted.run_id)})

    def undo(self, order: Order, outcome: Outcome) -> Outcome:
        """Refuse: a run that began can be cancelled, and its findings stay."""
        run = outcome.facts.get("run")
        raise ActionRefusedError(f"{order.id}: a run is not undone; `lookout runs cancel {run}` ends one that goes on")

    def _trigger(self, order: Order) -> Trigger:
        """Return what starts the run: the rule's words about the target of the finding, as the first run had it."""
        with self.intake.engine.connect() as conn:
            row = conn.execute(statements.RUN_ORIGIN, {"run": UUID(order.run_id)}).one_or_none()
        if row is None:
            raise ActionRefusedError(f"run {order.run_id}, which found it, is no longer known: nothing to follow up")
        deed = FollowUp.model_validate(dict(order.parameters))
        return Trigger(
            kind=TriggerKind.MONITOR,
            targets=_about(row.targets, finding_target=order.finding.target),
            subject=f"follow-up of {order.rule}",
            options=_options(row.options or {}, deed),
            key=order.id,
            source=SOURCE,
            priority=deed.priority,
        )


def _about(targets: list[object], *, finding_target: str) -> tuple[Target, ...]:
    """Return the finding's target, and the advisories that it is compared with."""
    known = tuple(map(Target.model_validate, targets))
    if all(target.id != finding_target for target in known):
        raise ActionRefusedError(f"target {finding_target!r} is none of the run's targets: nothing to follow up")
    return tuple(target for target in known if target.id == finding_target or target.kind is TargetKind.ADVISORIES)


def _options(options: Mapping[str, JsonValue], deed: FollowUp) -> dict[str, JsonValue]:
    """Return the first run's rules, hold and name, with what the rule wants to be looked at."""
    kept = {name: options[name] for name in ("respond", "hold_report", "watchlist", "label") if name in options}
    return {**kept, **({"look": list(deed.look)} if deed.look else {})}
