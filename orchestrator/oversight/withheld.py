"""Results that do not go out: read by every door before it shows anything of a run's result."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.domain.runs import RunState
from orchestrator.errors import HeldResultError
from orchestrator.oversight import statements


@dataclass(frozen=True)
class Withheld:
    """A run whose result is held, or was never let go."""

    run_id: UUID
    state: RunState
    approval: str | None
    """The question whether it may go out, where it waits for an answer."""

    @property
    def words(self) -> str:
        """Why nothing of it is shown, and how it is let go."""
        if self.state.ended:
            return (
                f"run {self.run_id} {self.state} before anybody let its result go out; "
                f"`lookout runs rerun {self.run_id} --from STEP` makes one anew"
            )
        if self.approval is None:
            return (
                f"the result of run {self.run_id} is held, and not all of it is there yet; "
                f"`lookout runs change {self.run_id} --release` lets it go out"
            )
        return (
            f"the result of run {self.run_id} is held until somebody approves it: "
            f"`lookout approvals show {self.approval} --report` shows it to whoever decides, "
            f"`lookout approvals approve {self.approval}` lets it go out"
        )


def read_withheld(conn: Connection, run_id: UUID) -> Withheld | None:
    """Return why a run's result is not shown; None where it may be."""
    row = conn.execute(statements.WITHHELD, {"run": run_id}).one_or_none()
    return None if row is None else Withheld(run_id, RunState(row.state), row.approval)


def check_shown(conn: Connection, *runs: UUID) -> None:
    """Raise ``HeldResultError``, with how to let it go, for a run whose result may not be shown."""
    for run_id in runs:
        withheld = read_withheld(conn, run_id)
        if withheld:
            raise HeldResultError(withheld.words)
