"""What must be found: one value for each finding that was planted."""

from dataclasses import dataclass

HEALTH = "github.health"
INACTIVE = "github.inactive"
BUS_FACTOR = "github.bus_factor"
DEPARTURE = "github.contributor_departure"
OVERDUE = "github.release_overdue"
BREAKING = "github.breaking_change"
DEPRECATION = "github.deprecation"
ARCHIVED = "github.archived"
FALLING = "github.health_falling"
FORK = "github.fork"
NO_LICENCE = "github.no_licence"
UNFIXED = "github.unfixed_advisory"
WAVE = "github.issue_wave"
BACKLOG = "github.backlog_growing"
CRITICAL_ISSUES = "github.critical_issues"
STALE_PULLS = "github.stale_pulls"
VULNERABLE = "security.vulnerable_dependency"
UNPINNED = "security.unpinned_dependency"


@dataclass(frozen=True, order=True)
class Expected:
    """One finding that must come out of one repository. What is empty is not compared."""

    kind: str
    target: str
    """The repository's name."""
    about: str = ""
    """Which one of its kind: a version, a file, or a package and a flaw's id as ``package/id``."""
    severity: str = ""
    fixed_in: str = ""
    """The version that gets a dependency out of all its known flaws."""
