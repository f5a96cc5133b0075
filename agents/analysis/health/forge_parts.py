"""The parts of the score that only a forge knows: issues, pull requests, advisories. Left out where not collected."""

from datetime import datetime
from math import log

from agents.analysis.health.forge import Disclosed
from agents.analysis.health.history import DAY, YEAR_DAYS
from agents.analysis.health.issues import WINDOW_DAYS, Flow, Issues
from agents.analysis.health.pulls import Pulls
from agents.analysis.health.score import LeftOut, Part
from agents.analysis.health.sights import Sight
from agents.analysis.health.survival import Waits

FEWEST_OPENED = 5
ISSUE_DAYS = (7.0, 365.0)
PULL_DAYS = (2.0, 180.0)
"""Days until half are closed: up to the first the value is 1, from the second on 0."""
ADVISORY_DAYS = 2 * YEAR_DAYS
MAX_EVIDENCE = 3


def issues_part(issues: Issues, sight: Sight) -> Part | LeftOut:
    """Return the mean of closing and speed.

    Closing: issues closed for each one opened, at most 1, in 90 days (in a year where few were opened in 90 days).
    Speed: 1 where half of the issues are closed within 7 days, falling with the logarithm to 0 at 365.
    """
    return _handled("issues", sight, flows=issues.flows, waits=issues.waits, bounds=ISSUE_DAYS)


def pulls_part(pulls: Pulls, sight: Sight) -> Part | LeftOut:
    """Return the same of pull requests, merged or refused: half of them within 2 days is 1, within 180 is 0.

    How many are merged is no part of it: to refuse what does not fit is an answer.
    """
    return _handled("pulls", sight, flows=pulls.flows, waits=pulls.waits, bounds=PULL_DAYS)


def advisories_part(advisories: tuple[Disclosed, ...], sight: Sight, *, now: datetime) -> Part | LeftOut:
    """Return the share of the advisories of the last two years for which there is a version that mends it.

    Having published any is neither good nor bad: the careful publish more.
    """
    if not sight.collected:
        return LeftOut("advisories", sight.gap)
    recent = [one for one in advisories if one.fixed is not None and _recent(one, now=now)]
    if not recent:
        return LeftOut("advisories", f"none of the last {ADVISORY_DAYS} days names an affected package")
    fixed = sum(one.fixed is True for one in recent)
    waiting = tuple(one.evidence for one in recent if not one.fixed)
    detail = f"{fixed} of {len(recent)} advisories of its own have a version that mends them"
    return Part("advisories", fixed / len(recent), detail, waiting[-MAX_EVIDENCE:])


def _handled(
    name: str, sight: Sight, *, flows: tuple[Flow, ...], waits: Waits | None, bounds: tuple[float, float]
) -> Part | LeftOut:
    if not sight.collected:
        return LeftOut(name, sight.gap)
    told = [flow for flow in flows if flow.opened is not None and flow.days >= WINDOW_DAYS]
    if not told:
        return LeftOut(name, f"less than {WINDOW_DAYS} days of the {sight.name} were seen")
    enough = next((flow for flow in told if (flow.opened or 0) >= FEWEST_OPENED), told[-1])
    opened, closed = enough.opened or 0, enough.closed or 0
    if waits is None or opened < FEWEST_OPENED:
        return LeftOut(name, f"fewer than {FEWEST_OPENED} {sight.name} were opened in the last {enough.days} days")
    closing, speed = min(1.0, closed / opened), _quick(waits.at_least, *bounds)
    half = f"half within {waits.at_least:.0f} days" if waits.median is not None else "fewer than half closed so far"
    detail = f"{closed} {sight.name} closed and {opened} opened in the last {enough.days} days; {half}"
    return Part(name, (closing + speed) / 2, detail)


def _quick(days: float, full: float, none: float) -> float:
    """Return 1 up to ``full`` days and 0 from ``none``; between, each doubling costs the same."""
    return min(1.0, max(0.0, log(none / max(days, full)) / log(none / full)))


def _recent(one: Disclosed, *, now: datetime) -> bool:
    return one.published is not None and one.published > now - ADVISORY_DAYS * DAY
