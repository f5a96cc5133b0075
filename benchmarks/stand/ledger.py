"""The real way into Lookout for a benchmark: the intake's commit and its first messages; for hands alone.

Importing it makes the cast the catalogue, for the app reads the catalogue once.
"""

from dataclasses import dataclass, field, fields
from uuid import UUID

from benchmarks.stand.cast import app  # noqa: F401  the catalogue must stand before anything else asks for it
from benchmarks.stand.listening import Listener, plain
from benchmarks.stand.plans import submission
from orchestrator import wiring
from orchestrator.domain.ids import new_run_id
from orchestrator.domain.plans import Plan
from orchestrator.domain.triggers import Trigger
from orchestrator.intake import Intake
from orchestrator.ledger.submit import Submission
from orchestrator.settings import get_settings
from orchestrator.store.process import hang_up
from orchestrator.telemetry import configure_logging


class LedgerDoor:
    """Submits plans as every door does, in the process whose environment names the servers."""

    def __init__(self) -> None:
        configure_logging(get_settings())
        self._intake = PlannedIntake.beside(wiring.intake())
        self._listener = Listener(plain(_database_url()))

    def new_id(self) -> str:
        """Return a run's id."""
        return str(new_run_id())

    def submit(self, plan: Plan, *, run: str) -> None:
        """Commit a run and send its first messages, as for any trigger."""
        given = submission(plan, run=run)
        self._intake.planned[run] = given
        self._intake.accept(given.trigger)

    def ended(self, seconds: float) -> list[str]:
        """Return the runs that have ended. Raises ``UnfinishedError`` where one did not succeed."""
        return self._listener.ended(seconds)

    def close(self) -> None:
        """Let connections go."""
        self._listener.close()
        hang_up()


@dataclass(frozen=True)
class PlannedIntake(Intake):
    """The intake, with plans that were made by hand where it would ask the planner."""

    planned: dict[str, Submission] = field(default_factory=dict)

    @classmethod
    def beside(cls, real: Intake) -> "PlannedIntake":
        """Return one that is like the real one in all else."""
        return cls(**{given.name: getattr(real, given.name) for given in fields(real)})

    def prepare(self, trigger: Trigger, *, rerun_of: UUID | None = None) -> Submission:  # noqa: ARG002  never a rerun
        """Return what was planned for the trigger's key."""
        return self.planned.pop(trigger.key)


def _database_url() -> str:
    settings = get_settings()
    return settings.database_url.get_secret_value() if settings.database_url else ""
