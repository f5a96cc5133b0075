"""What databases and the project itself told of the worm, in hours before the end."""

from collections.abc import Callable
from datetime import datetime, timedelta

from orchestrator.recordings.incident.cast import FERRYWHEEL, INKBARROW, ODUYA, WREN
from orchestrator.recordings.incident.story import Exploited, Flaw, Post
from orchestrator.recordings.incident.worm import BAD, BAD_TOO, CLEAN

CVE = "CVE-2099-99001"
"""Of a year in which nobody gives out numbers yet; the other ids are as plainly made up."""
GHSA, GHSA_OLD = "GHSA-xxxx-xxxx-xx24", "GHSA-xxxx-xxxx-xx22"
MAL, MAL_TOO = "MAL-2099-99001", "MAL-2099-99002"
_WORST = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"
_MALICIOUS = ("CWE-506", "Embedded Malicious Code")
_STEALS = (
    "A start file that is not in the repository runs at install, collects credentials from files and from the "
    "environment and sends them to collect.quillmoor-telemetry.example. With tokens found so, it publishes itself in "
    "further packages. Any machine on which it ran must be considered compromised: rotate every credential on it."
)


def flaws(as_of: datetime) -> tuple[Flaw, ...]:
    """Return what the databases say, by time."""
    at = _before(as_of)
    return (
        Flaw(
            GHSA_OLD,
            at(214 * 24),
            "inkbarrow-example",
            ("0.15.1",),
            "inkbarrow-example reads settings from outside of its folder",
            "A settings file could include a file by a path with `..` in it.",
            aliases=("CVE-2099-98002",),
            introduced="0",
            fixed="0.15.2",
            severity="medium",
            vector="CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
            score=5.5,
            weakness=("CWE-22", "Path Traversal"),
            repository=INKBARROW,
        ),
        Flaw(
            MAL, at(18), "ferrywheel-example", (BAD,), "Malicious code in ferrywheel-example (PyPI)", _STEALS,
            aliases=(GHSA,), weakness=_MALICIOUS,
        ),
        Flaw(
            GHSA, at(13.5), "ferrywheel-example", (BAD,), "ferrywheel-example 2.4.1 steals credentials at install",
            _STEALS + f" Go to {CLEAN}.",
            aliases=(CVE, MAL), introduced=BAD, fixed=CLEAN, severity="critical", vector=_WORST, score=10.0,
            weakness=_MALICIOUS, repository=FERRYWHEEL,
        ),
        Flaw(
            MAL_TOO, at(12), "inkbarrow-example", (BAD_TOO,), "Malicious code in inkbarrow-example (PyPI)", _STEALS,
            related=(MAL,), weakness=_MALICIOUS,
        ),
    )  # fmt: skip


def exploited(as_of: datetime) -> tuple[Exploited, ...]:
    """Return what is known to be exploited, by time; the first has nothing to do with the story."""
    at = _before(as_of)
    return (
        Exploited(
            "CVE-2099-10001",
            at(60 * 24),
            "Brassgate (fictional)",
            "Brassgate Edge",
            "Brassgate Edge Command Injection Vulnerability",
            "Brassgate Edge runs commands that an unauthenticated request names.",
            "CWE-78",
        ),
        Exploited(
            CVE,
            at(6),
            "Quillmoor (fictional)",
            "ferrywheel",
            "Quillmoor ferrywheel Embedded Malicious Code Vulnerability",
            "Version 2.4.1 of the Python package ferrywheel-example steals credentials and spreads with them.",
            "CWE-506",
        ),
    )


def posts(as_of: datetime) -> tuple[Post, ...]:
    """Return what stood in the project's blog, by time."""
    at = _before(as_of)
    return (
        Post("planning-3-0", at(61 * 24), ODUYA, "Planning ferrywheel 3.0", "What goes, what stays, and when."),
        Post("ferrywheel-2-4", at(22.8 * 24), WREN, "ferrywheel 2.4: leases that last", "What is new in 2.4.0."),
        Post(
            "reports-about-2-4-1",
            at(23),
            WREN,
            "Do not install ferrywheel 2.4.1",
            "It was not made by us. Pin 2.4.0, take affected machines off the network, and rotate their tokens.",
        ),
        Post(
            "what-happened-with-2-4-1",
            at(9),
            WREN,
            "What happened with ferrywheel 2.4.1",
            "A long-lived token of our release robot leaked from a build log. With it, 2.4.1 was published 44 hours "
            "ago. It took tokens of others, and with one of them inkbarrow 0.18.4 was published. Both are yanked; "
            "2.4.2 and 0.18.5 are clean. What to look for: connections to collect.quillmoor-telemetry.example, and a "
            "file _start.py in site-packages.",
        ),
    )


def _before(as_of: datetime) -> Callable[[float], datetime]:
    """Return what turns hours before the end into a time."""
    return lambda hours: as_of - timedelta(hours=hours)
