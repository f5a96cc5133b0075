"""All that is measured on what a forge tells of a repository."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from agents.analysis.health.forge import Forge
from agents.analysis.health.forge_parts import advisories_part, issues_part, pulls_part
from agents.analysis.health.history import History
from agents.analysis.health.issues import Issues, measure_issues
from agents.analysis.health.pulls import Pulls, measure_pulls
from agents.analysis.health.score import LeftOut, Part
from agents.analysis.health.sights import Sights
from agents.analysis.health.tickets import as_of
from agents.analysis.health.wave import Week, measure_week


@dataclass(frozen=True, slots=True)
class Community:
    """What a forge told, how much of that was seen, and what it comes to."""

    forge: Forge
    """Its issues and pull requests as they stood at ``heard``."""
    sights: Sights
    now: datetime
    heard: datetime
    """Up to when issues and pull requests are known: earlier than now where their collector has not caught up."""
    issues: Issues
    pulls: Pulls
    week: Week | None

    def parts(self) -> Iterator[Part | LeftOut]:
        """Yield the parts of the score that come from it."""
        yield issues_part(self.issues, self.sights.issues)
        yield pulls_part(self.pulls, self.sights.pulls)
        yield advisories_part(self.forge.advisories, self.sights.advisories, now=self.now)


def measure_community(forge: Forge, sights: Sights, *, history: History) -> Community:
    """Return all measures up to the end of the history."""
    now = history.now
    heard = sights.issues.end(now)
    known = replace(forge, issues=as_of(forge.issues, heard), pulls=as_of(forge.pulls, heard))
    possible = (history.seen_from, *(issue.opened for issue in known.issues[:1]))
    return Community(
        forge=known,
        sights=sights,
        now=now,
        heard=heard,
        issues=measure_issues(known.issues, known.pulls, sight=sights.issues, now=heard),
        pulls=measure_pulls(known.pulls, sight=sights.pulls, now=heard),
        week=measure_week(
            known.issues,
            sight=sights.issues,
            first=min((moment for moment in possible if moment is not None), default=None),
            now=heard,
        ),
    )
