"""What an action is: it can be rehearsed, is done at most once under its id, and undone where the world lets it.

An ``Order`` is all that an action is handed. Its parameters come from a rule alone. Its finding is data: never an
address, a path or a word that decides anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from agents.contract import Finding
from orchestrator.domain.responses import ActionKind


class ActionError(Exception):
    """An action was not done. Try again: what stood in the way may pass."""


class ActionPutOffError(ActionError):
    """There is no room for an action now: it is tried again after so many ``seconds``, and that is no failure."""

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class ActionRefusedError(ActionError):
    """An action cannot be done and never will be as it is; the message names the field, the value and the remedy."""


@dataclass(frozen=True)
class Order:
    """One action to be done, whole and unchanging: the same at every attempt."""

    id: str
    """The idempotency key: whoever gets it twice does the action once."""
    tenant: str
    run_id: str
    rule: str
    kind: ActionKind
    parameters: Mapping[str, JsonValue]
    finding: Finding
    depth: int


@dataclass(frozen=True)
class Outcome:
    """What an action did, in one line for people and as values for whoever undoes or audits it."""

    words: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


class Action(Protocol):
    """One kind of action."""

    @property
    def kind(self) -> ActionKind:
        """Which kind."""
        ...

    def rehearse(self, order: Order) -> Outcome:
        """Return what would be done, doing nothing. Raises ``ActionRefusedError`` where it could not be done."""
        ...

    def perform(self, order: Order) -> Outcome:
        """Do it. Called again with the same order after a crash, it must come to the same as having been called once.

        Raises ``ActionError`` where it may be tried again, ``ActionPutOffError`` where there is only no room now, and
        ``ActionRefusedError`` where trying again is no use.
        """
        ...

    def undo(self, order: Order, outcome: Outcome) -> Outcome:
        """Undo what was done. Raises ``ActionRefusedError`` where the world does not let it."""
        ...
