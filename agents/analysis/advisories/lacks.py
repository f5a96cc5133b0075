"""What of a target's evidence could not be used, in sentences for its coverage."""

from collections.abc import Sequence

from agents.analysis.advisories.exposure import Exposures

NAMED = 5
"""How many of many names a sentence spells out."""


def skipped(ids: Sequence[str], why: str) -> tuple[str, ...]:
    """Return one sentence about evidence that was left out; none where there was none."""
    return (f"{len(ids)} items {why} and were left out: {named(sorted(ids))}",) if ids else ()


def open_cases(exposures: Exposures) -> tuple[str, ...]:
    """Return one sentence about what could not be judged; none where all could."""
    if not exposures.unjudged:
        return ()
    cases = [f"{case.canonical} for {case.package.name} {case.version} ({case.reason})" for case in exposures.unjudged]
    return (f"{len(cases)} advisories could not be judged: {named(cases)}",)


def named(names: Sequence[str]) -> str:
    """Return the first of the names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
