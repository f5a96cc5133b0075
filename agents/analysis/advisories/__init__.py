"""Advisories in OSV's form: read, matched to versions in use, merged over databases, and answered with an upgrade."""

from agents.analysis.advisories.aliases import AliasGroups
from agents.analysis.advisories.dependency import Dependency, read_dependency
from agents.analysis.advisories.exposure import Exposure, Exposures, Unjudged, find_exposures
from agents.analysis.advisories.index import AdvisoryIndex, index_advisories
from agents.analysis.advisories.matching import Outcome, Verdict, judge
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Advisory, Affected, Event, VersionRange, read_advisory, read_affected
from agents.analysis.advisories.upgrade import Upgrade, find_upgrade

__all__ = [
    "Advisory",
    "AdvisoryIndex",
    "Affected",
    "AliasGroups",
    "Dependency",
    "Event",
    "Exposure",
    "Exposures",
    "Outcome",
    "Package",
    "Unjudged",
    "Upgrade",
    "Verdict",
    "VersionRange",
    "find_exposures",
    "find_upgrade",
    "index_advisories",
    "judge",
    "read_advisory",
    "read_affected",
    "read_dependency",
]
