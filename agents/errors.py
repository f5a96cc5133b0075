"""What may go wrong inside an agent, and whether trying again can help.

AgentError
├── SourceUnavailable   try again: the source did not answer, or not now
│   └── QuotaExhausted  try again later: at ``retry_at``, which the source named
├── PersonNeeded        once a person has answered: the step waits for it without a worker
├── InvalidReport       try again: what the agent handed back does not fit the contract
├── Stopped             the step was cancelled, ran out of time, or its worker shuts down
└── BadEvidence         never again: the input itself is wrong, and says which field and how to mend it
"""

from datetime import datetime

from agents.contract import Question


class AgentError(Exception):
    """Base of every error that an agent raises on purpose."""


class SourceUnavailableError(AgentError):
    """A source did not answer; the same step may succeed later."""


class QuotaExhaustedError(SourceUnavailableError):
    """A source refused for now and named the time from which it answers again."""

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class PersonNeededError(AgentError):
    """A person has to answer first. The step is done anew then, and finds the answer in ``work.answers``."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.text)
        self.question = question


class InvalidReportError(AgentError):
    """What an agent handed back is no valid report. The message names field, value and remedy."""


class StoppedError(AgentError):
    """The step was told to stop: cancelled, out of time, taken over, or its worker shuts down."""


class BadEvidenceError(AgentError):
    """The input is wrong and stays wrong: no retry can help. The message names field, value and remedy."""
