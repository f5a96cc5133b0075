"""Who stands in line for a target: the next one is sent for at once when it is free, not at the next look."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.domain.exclusion import exclusive_key
from orchestrator.ledger import statements
from orchestrator.ledger.claims import Claim
from orchestrator.store.direct import Direct

_log = structlog.get_logger(__name__)


def next_in_line(direct: Direct, claims: Sequence[Claim]) -> tuple[UUID, ...]:
    """Return the runs whose turn it is now that these claims are let go, one for each target; their messages are due.

    Nothing is asked for steps that exclude nobody. Whom this misses is looked at again after a while.
    """
    keys = [key for got in claims if (key := exclusive_key(got.step, tenant=got.tenant))]
    if not keys:
        return ()
    try:
        found = [direct.row(statements.WAKE_NEXT, {"key": key}) for key in keys]
    except SQLAlchemyError as error:
        _log.warning("nobody was sent for; the next look will", error=type(error).__name__)
        return ()
    return tuple(row.run_id for row in found if row is not None)
