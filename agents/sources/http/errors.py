"""What a service will never give, whoever asks again: a source turns these into coverage, or lets the step fail."""

from agents.errors import BadEvidenceError


class GoneError(BadEvidenceError):
    """There is nothing at the address: it never was, it is no more, or it is hidden from these credentials."""


class DeniedError(BadEvidenceError):
    """The credentials are missing, wrong, or not good enough."""


class RefusedError(BadEvidenceError):
    """The request can never be answered: it is wrong, leads to a forbidden place, or its answer is too large."""
