"""What comes in from services that have only Celery: a stranger's keyword arguments, checked, accepted or refused."""

from collections.abc import Mapping
from reprlib import Repr
from typing import Any

from celery import states
from pydantic import ValidationError

from orchestrator.domain.triggers import Trigger
from orchestrator.errors import LookoutError
from orchestrator.intake import LONGEST_ID, Intake
from orchestrator.ledger.outside import Copies

_MOST_FAULTS = 10
_SHOWN = Repr()
_SHOWN.maxstring = _SHOWN.maxother = 76
"""Shows the beginning of a value, however large it is, without writing out the whole."""


class RefusedError(ValueError):
    """A payload that is no trigger; the message names each field, its value and the remedy."""


def accept_message(
    intake: Intake, copies: Copies, payload: dict[str, Any], *, args: tuple[object, ...], task_id: str
) -> dict[str, Any]:
    """Accept a message's trigger and return the run's id and deadline.

    A bad payload raises ``RefusedError``; the reason is kept, and the caller finds it under its own id. Safe to call
    again: the same message finds the same run.
    """
    try:
        _check_id(task_id)
        trigger = read_payload(payload, args=args)
        accepted = intake.accept(trigger, task_id=task_id)
    except (RefusedError, LookoutError) as error:
        words = str(error)
        intake.refuse(task_id, why=words)
        copies.store(task_id, state=states.FAILURE, result=ValueError(words))
        raise RefusedError(words) from None
    if not accepted.fresh:
        copies.hand_out_again(intake.engine, accepted.run_id)
    return {
        "run_id": str(accepted.run_id),
        "fresh": accepted.fresh,
        "expected_by": accepted.deadline_at.isoformat(),
    }


def read_payload(payload: dict[str, Any], *, args: tuple[object, ...] = ()) -> Trigger:
    """Return the trigger that a payload spells. Raises ``RefusedError``."""
    options = payload.get("options")
    if isinstance(options, Mapping) and "respond" in options:
        raise RefusedError("options.respond: rules of response come from a watchlist, not from a message; leave it out")
    if args:
        raise RefusedError("arguments must be named: send_task('lookout.trigger', kwargs={'kind': ..., ...})")
    try:
        trigger = Trigger.model_validate({"source": "send_task", **payload})
    except ValidationError as error:
        faults = error.errors(include_url=False)
        more = [f"and {len(faults) - _MOST_FAULTS} faults more"] if len(faults) > _MOST_FAULTS else []
        raise RefusedError("; ".join([*map(_sentence, faults[:_MOST_FAULTS]), *more])) from None
    for number, target in enumerate(trigger.targets):
        if target.baseline_command:
            field = f"targets.{number}.baseline_command"
            raise RefusedError(f"{field}: commands come from a watchlist, not from a message; leave it out")
    return trigger


def _check_id(task_id: str) -> None:
    """Raise ``RefusedError`` where a message's id is too long to be kept."""
    if len(task_id) > LONGEST_ID:
        raise RefusedError(f"task_id: has {len(task_id)} characters; give one of at most {LONGEST_ID}, or none")


def _sentence(item: Any) -> str:  # noqa: ANN401  pydantic's error details
    """Return one fault in words: field, value, remedy."""
    field = ".".join(str(part) for part in item["loc"]) or "payload"
    return f"{field[: _SHOWN.maxstring]}: {item['msg']} (got {_SHOWN.repr(item['input'])})"
