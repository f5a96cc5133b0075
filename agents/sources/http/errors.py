"""What a service will never give, whoever asks again: a source turns these into coverage, or lets the step fail."""

from agents.errors import BadEvidenceError


class NeverError(BadEvidenceError):
    """Base of what no further request would change; ``status`` is the answer's, 0 where there was none."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class GoneError(NeverError):
    """There is nothing at the address: it never was, it is no more, or it is hidden from these credentials."""


class DeniedError(NeverError):
    """The credentials are missing, wrong, or not good enough."""


class RefusedError(NeverError):
    """The request can never be answered: it is wrong, leads to a forbidden place, or its answer is too large."""
