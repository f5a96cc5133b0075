"""One check: what was looked at, how it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not as well or as safely as it should; or it is not there and need not be."""
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One part and how it is. ``seen`` may quote strangers' text; ``remedy`` is empty where nothing is to be done."""

    name: str
    verdict: Verdict
    seen: str
    remedy: str = ""


def ok(name: str, seen: str) -> Check:
    """Return that a part is as it should be."""
    return Check(name, Verdict.OK, seen)


def warning(name: str, seen: str, *, remedy: str) -> Check:
    """Return that a part works, but should be seen to."""
    return Check(name, Verdict.WARNING, seen, remedy)


def failed(name: str, seen: str, *, remedy: str) -> Check:
    """Return that a part does not work."""
    return Check(name, Verdict.FAILED, seen, remedy)
