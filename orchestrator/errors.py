"""What may go wrong in the orchestrator, and who can mend it.

LookoutError
├── PlanningError            whoever sent the trigger: nothing can be made of it; the message says what could
├── AdmissionError           whoever sent the trigger: there is no room for it now; come back after so many seconds
├── WatchlistError           whoever wrote the file: each line names file, line, column, field, value and remedy
├── SettingsError            the operator: a setting is wrong; every line names the place, the value and the remedy
├── ConfigurationError       the operator: a foreign celeryconfig or result backend would split the system
├── DatabaseError            the operator: the database is down, read-only, or of another version than the code
├── UnknownQueueError        a developer: our own sender named a queue that nobody reads
├── UnknownTaskError         a developer: our own sender named a task that does not exist
├── UnknownRunError          whoever asked: there is no such run
├── UnknownScheduleError     whoever asked: there is no such schedule
├── BrokenScheduleError      the operator: a stored schedule cannot be read here; the message says why, and the remedy
├── RecordingError           whoever plays a recording: it cannot be read; the message names file, line and field
├── ReplayError              whoever asked: a run cannot be done again from there; the message says from where it can
├── DeadLetterError          whoever asked: there is no such dead letter, or it was dealt with; the message says how
├── UnknownApprovalError     whoever answers: nothing by that id was asked
├── UnknownActionError       whoever asked: there is no such action
├── ActionUndoError          whoever asked: what an action did is not undone, and why not
├── ActionRetryError         whoever asked: an action is not tried again, since it did not fail
├── RefusedAnswerError       whoever answers: it is none of the choices; the message lists them
├── HeldResultError          whoever asked: a result waits for an approval; the message says how it is let go
├── RefusedChangeError       whoever changes a live run: it cannot be changed so, and why
└── ServiceError             the operator: an embedded service cannot start, or was lost
    └── OwnedElsewhereError  another process owns the home folder: its pid, its command, since when
"""


class LookoutError(Exception):
    """Base of every error that the orchestrator raises on purpose."""


class SettingsError(LookoutError):
    """One or more settings are wrong; ``problems`` holds a line for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ServiceError(LookoutError):
    """An embedded service cannot start or was lost; the message names the path and the remedy."""


class OwnedElsewhereError(ServiceError):
    """The home folder has an owner: process ``pid``, started as ``command``, owner ``since`` (ISO 8601, UTC)."""

    def __init__(self, message: str, *, pid: int, command: str, since: str) -> None:
        super().__init__(message)
        self.pid = pid
        self.command = command
        self.since = since


class PlanningError(LookoutError):
    """A trigger that no plan can be made of; the message names the field, the value and the remedy."""


class AdmissionError(LookoutError):
    """There is no room for another run now; ``retry_after_seconds`` says when to come back, as the message does."""

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class WatchlistError(LookoutError):
    """A watchlist has one or more faults; ``problems`` holds a line for each, in the file's order."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnknownQueueError(LookoutError):
    """A sender of ours named a queue that no worker would ever read; the message lists those that exist."""


class UnknownTaskError(LookoutError):
    """A sender of ours named a task that does not exist; the message lists those that do."""


class UnknownRunError(LookoutError):
    """No run has that id; the message says how to list those that exist."""


class UnknownScheduleError(LookoutError):
    """No schedule has that name; the message says how to list those that exist."""


class BrokenScheduleError(LookoutError):
    """A stored schedule that this version, or this machine, cannot read; the message says why, and the remedy."""


class RecordingError(LookoutError):
    """A recording of exchanges cannot be read; the message names file, line and field."""


class ReplayError(LookoutError):
    """A run cannot be done again from a step; the message says why, and from where it can."""


class DeadLetterError(LookoutError):
    """A dead letter is not known, or cannot be dealt with as asked; the message says what became of it."""


class UnknownApprovalError(LookoutError):
    """Nothing by that id was asked; the message says how to list what was."""


class UnknownActionError(LookoutError):
    """No action has that id; the message says how to list those that exist."""


class ActionUndoError(LookoutError):
    """What an action did is not undone; the message says why not, and what can be done."""


class ActionRetryError(LookoutError):
    """An action that did not fail is not tried again; the message says how it stands."""


class RefusedAnswerError(LookoutError):
    """An answer that is none of the choices, or comes to a question of another kind; the message says what fits."""


class RefusedChangeError(LookoutError):
    """A live run cannot be changed so; the message names what was asked for, why not, and what could be done."""


class HeldResultError(LookoutError):
    """A run's result is held and may not be shown; the message says how it is let go."""


class UnstorableError(LookoutError):
    """A step's result that the database can never take: it is the step's failure, not the database's."""


class ConfigurationError(LookoutError):
    """Something outside our settings would split the system: a foreign ``celeryconfig`` or result backend."""


class DatabaseError(LookoutError):
    """The database is down, read-only, or its schema is older or newer than the code; the message says which."""
