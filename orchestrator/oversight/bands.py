"""How sure is sure enough: a confidence falls into one of four bands, and the band says who decides."""

from enum import StrEnum
from typing import NamedTuple


class Band(StrEnum):
    """Who decides at a confidence, from nobody to a person."""

    AUTONOMOUS = "autonomous"
    """Acts alone."""
    LOGGED = "logged"
    """Acts, and writes down that it did and why."""
    CHECKPOINT = "checkpoint"
    """Acts once a second look has not refused."""
    ESCALATED = "escalated"
    """A person decides."""


class Bands(NamedTuple):
    """The lowest confidence of each band that acts, in percent; whatever is below them all asks a person."""

    autonomous: float = 90
    logged: float = 80
    checkpoint: float = 70


STANDARD = Bands()


def band(confidence: float, bands: Bands = STANDARD) -> Band:
    """Return the band of a confidence from 0 to 1, as a synthesis gives it.

    A bound belongs to the band above it: 0.9 acts alone where ``autonomous`` is 90. What is no number is escalated.
    """
    # Four digits, as a synthesis rounds: 0.7 * 100 is a little less than 70 in binary.
    percent = round(confidence * 100, 2)
    if percent >= bands.autonomous:
        return Band.AUTONOMOUS
    if percent >= bands.logged:
        return Band.LOGGED
    return Band.CHECKPOINT if percent >= bands.checkpoint else Band.ESCALATED
