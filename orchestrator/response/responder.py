"""Automated response as a whole: what the sweep has done, what a message has done, and how they hang together.

The sweep only reads and writes the database, and sends one message where something is due; whatever goes outside is
done by the message's worker, in no transaction. A message that is lost is sent by the next sweep, one that comes twice
finds nothing to do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine

from orchestrator.ledger.relay import BROKER_TROUBLE
from orchestrator.response import statements
from orchestrator.response.considering import Terms, consider_ended
from orchestrator.response.executing import Executor
from orchestrator.response.settling import SecondLook, settle
from orchestrator.scheduling.leader import Leader

_log = structlog.get_logger(__name__)

TURN = "actions"
"""The lease of whoever does what is due."""


@dataclass(frozen=True)
class Responder:
    """Lets actions come into being, has them decided, and has them done."""

    executor: Executor
    terms: Terms
    second_look: SecondLook
    turn: Leader
    """Whose lease one at a time does what is due: a server that hangs takes one slot of all workers, not each."""
    send: Callable[[], object]
    """Sends the message whose worker calls ``act``."""

    def tend(self, engine: Engine) -> int:
        """Do the sweep's part; return how much there was to do."""
        done = self._decide(engine)
        with engine.begin() as conn:
            done += len(conn.execute(statements.GIVE_UP_SPENT, {"losses": self.executor.tries.losses}).all())
            due = bool(conn.execute(statements.ANY_DUE, {"turn": self.turn.name}).scalar_one())
        if due:
            self._send()
        return done

    def act(self) -> int:
        """Do what is due now, unless somebody else is at it; return how many actions were tried."""
        self._decide(self.executor.engine)
        lease = self.turn.lead()
        if lease is None:
            return 0
        try:
            return self.executor.run()
        finally:
            self.turn.release(lease)

    def _decide(self, engine: Engine) -> int:
        """Let actions come into being, and carry out what was decided about them."""
        return consider_ended(engine, terms=self.terms) + settle(engine, second_look=self.second_look)

    def _send(self) -> None:
        """Send the message; one that the broker does not take is sent by the next sweep."""
        try:
            self.send()
        except BROKER_TROUBLE as error:
            _log.warning("actions are due, and the broker is away; the next sweep tries again", error=str(error))
