"""What happened within two days: hours before the end at which each thing was seen, in the order in which it was told.

A stolen token publishes ferrywheel 2.4.1; whoever installs it loses the tokens of their machine, and with one of them
inkbarrow 0.18.4 is published. People notice, both are yanked, advisories follow, then clean versions.
"""

from dataclasses import dataclass

from orchestrator.recordings.incident.cast import (
    ANSEL,
    FERRYWHEEL,
    INKBARROW,
    LAMPWRIGHT,
    MIREI,
    ODUYA,
    PASSERS_BY,
    ROBOT,
    TAMSIN,
    WREN,
)
from orchestrator.recordings.incident.story import Person

BEFORE_HOURS, FIRST_HOURS, SECOND_HOURS = 50.0, 26.0, 0.0
"""How long before the end the three looks are: at nothing, at two bad releases and many questions, at all of it."""

_NOOR, _IVO, _BETTINA, _CASPIAN, _DAGNY, _EMEKA, _FENNA, _GORAN, _HANNEKE, _ISMAT, _JORUNN = PASSERS_BY


@dataclass(frozen=True)
class Said:
    """An answer to an issue."""

    hours: float
    by: Person
    text: str


@dataclass(frozen=True)
class Raised:
    """An issue of the wave."""

    place: str
    hours: float
    by: Person
    title: str
    text: str
    labels: tuple[str, ...] = ()
    closed: float | None = None
    """How many hours before the end it was closed."""
    reason: str = "completed"
    said: tuple[Said, ...] = ()
    reactions: int = 0


@dataclass(frozen=True)
class Published:
    """A release: on the code host where it has a title, in the registry always."""

    place: str
    version: str
    hours: float
    by: Person
    title: str = ""
    notes: str = ""
    edited: float | None = None
    edited_title: str = ""
    edited_notes: str = ""
    withdrawn: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Pushed:
    """A commit."""

    place: str
    hours: float
    by: Person
    message: str


BAD, BAD_TOO = "2.4.1", "0.18.4"
CLEAN, CLEAN_TOO = "2.4.2", "0.18.5"
YANKED = "malicious: steals tokens at install; see GHSA-xxxx-xxxx-xx24"

PUBLISHED = (
    Published(
        FERRYWHEEL, BAD, 44.0, ROBOT,
        title="ferrywheel 2.4.1",
        notes="- Small fixes to the worker's start.\n",
        edited=21.5,
        edited_title="ferrywheel 2.4.1 (YANKED: malicious, do not install)",
        edited_notes="This release was not made by us. It steals tokens at install. Go to 2.4.0, or to 2.4.2.\n",
        withdrawn=22.0,
        why=YANKED,
    ),
    # Nothing stands behind this one on the code host: no tag, no commit.
    Published(INKBARROW, BAD_TOO, 30.0, ROBOT, withdrawn=20.0, why="malicious: published with a stolen token"),
    Published(
        FERRYWHEEL, CLEAN, 14.0, WREN,
        title="ferrywheel 2.4.2",
        notes="## Security\n\n- The same as 2.4.0, built anew and published without long-lived tokens. Replaces 2.4.1, "
        "which was malicious: GHSA-xxxx-xxxx-xx24, CVE-2099-99001.\n",
    ),
    Published(
        INKBARROW, CLEAN_TOO, 10.0, TAMSIN,
        title="inkbarrow 0.18.5",
        notes="## Security\n\n- The same as 0.18.3, published anew. 0.18.4 was malicious and is yanked.\n",
    ),
    Published(
        LAMPWRIGHT, "5.2.1", 5.0, ANSEL,
        title="5.2.1",
        notes="- Requires ferrywheel 2.4.2. If you installed 5.2.0 within the last two days, rotate your tokens.\n",
    ),
)  # fmt: skip

PUSHED = (
    Pushed(FERRYWHEEL, 44.1, ROBOT, "Release 2.4.1"),
    Pushed(FERRYWHEEL, 23.5, WREN, "Revoke the release token and stop the release workflow"),
    Pushed(FERRYWHEEL, 21.0, WREN, 'Revert "Release 2.4.1"'),
    Pushed(FERRYWHEEL, 16.5, ODUYA, "Publish by short-lived identity, not by a token"),
    Pushed(FERRYWHEEL, 14.1, WREN, "Release 2.4.2"),
    Pushed(INKBARROW, 19.0, TAMSIN, "Publish by short-lived identity, not by a token"),
    Pushed(INKBARROW, 10.1, TAMSIN, "Release 0.18.5"),
    Pushed(LAMPWRIGHT, 12.0, MIREI, "Forbid ferrywheel 2.4.1"),
    Pushed(LAMPWRIGHT, 5.2, ANSEL, "Require ferrywheel 2.4.2"),
    Pushed(LAMPWRIGHT, 5.1, ANSEL, "Release 5.2.1"),
)

_SECURITY = ("security",)
_DUPLICATE = ("security", "duplicate")

RAISED = (
    Raised(
        FERRYWHEEL, 41.5, _NOOR, "2.4.1 fails to install behind a proxy",
        "pip hangs at `Preparing metadata` for 2.4.1, with 2.4.0 it does not. Our proxy says that it wants to reach "
        "collect.quillmoor-telemetry.example. What is that?",
        ("bug",), 20.5, reason="duplicate",
        said=(Said(33.0, _IVO, "Same here. There is no such host in the code of this repository."),),
        reactions=14,
    ),
    Raised(
        FERRYWHEEL, 38.0, _IVO, "No commit behind 2.4.1?",
        "The tag v2.4.1 points at a commit that only changes the version, but the wheel has a file "
        "`ferrywheel/_start.py` that is not in it.",
        _SECURITY, 20.5, reason="duplicate", reactions=21,
    ),
    Raised(
        FERRYWHEEL, 36.2, _BETTINA, "token exfiltration in 2.4.1",
        "`_start.py` of the 2.4.1 wheel runs at install. It reads ~/.netrc, ~/.config/gh, cloud credentials and the "
        "variables of the environment whose names hold TOKEN or KEY, packs them and posts them to "
        "collect.quillmoor-telemetry.example. Anybody who installed 2.4.1 has to rotate everything that was readable.",
        _SECURITY,
        said=(
            Said(34.0, _CASPIAN, "Confirmed in a throw-away container: the request carries the whole environment."),
            Said(27.5, _DAGNY, "Reported to the registry. Where are the maintainers?"),
            Said(23.0, WREN, "We did not make this release. The token of our release robot was used. Working on it."),
            Said(13.8, WREN, "2.4.2 is out, 2.4.1 is yanked. The advisory is GHSA-xxxx-xxxx-xx24. Rotate your tokens."),
        ),
        reactions=187,
    ),
    Raised(
        FERRYWHEEL, 35.0, ROBOT, "False alarm: 2.4.1 is safe",
        "The new telemetry is anonymous and harmless. Please do not downgrade. Scanners may ignore this version.",
        closed=22.8, reason="not_planned",
        said=(Said(22.9, WREN, "This was not us. Closed and kept, as evidence."),),
    ),
    Raised(
        FERRYWHEEL, 33.5, _CASPIAN, "Our CI token was used an hour after installing 2.4.1",
        "A workflow that we do not know was pushed to eleven of our repositories.",
        _SECURITY, said=(Said(30.5, _EMEKA, "To nine of ours."),), reactions=52,
    ),
    Raised(FERRYWHEEL, 32.0, _DAGNY, "Yank 2.4.1 now", "See the other issues.", _SECURITY, 22.0, reactions=73),
    Raised(FERRYWHEEL, 31.1, _EMEKA, "Stolen credentials after upgrade to 2.4.1", "As above, in our staging.",
           _DUPLICATE, 20.4, reason="duplicate"),
    Raised(FERRYWHEEL, 29.4, _FENNA, "Is 2.4.0 affected?", "We pinned ==2.4.0. Is that one good?", ("question",), 22.6,
           said=(Said(22.7, ODUYA, "2.4.0 is good: it was built and signed by us, and we compared it."),)),
    Raised(FERRYWHEEL, 27.0, _GORAN, "Malware scanner blocks ferrywheel", "Quarantined on all our build machines.",
           _DUPLICATE, 20.4, reason="duplicate"),
    Raised(FERRYWHEEL, 25.2, _HANNEKE, "How do I see whether a machine has run 2.4.1?", "A list of traces would help.",
           ("question",), said=(Said(12.0, ODUYA, "See the post on our blog: what to look for, and what to rotate."),)),
    Raised(FERRYWHEEL, 24.3, _ISMAT, "Security contact?", "No SECURITY.md here; whom do we write to?", _SECURITY, 11.0),
    Raised(FERRYWHEEL, 23.8, _JORUNN, "2.4.1 pulled in by lampwright 5.2.0", "It asks for ferrywheel>=2.3,<3.",
           _DUPLICATE, 20.4, reason="duplicate"),
    Raised(FERRYWHEEL, 18.0, _NOOR, "Post-mortem", "When you have slept: please tell how the token got out.",
           said=(Said(9.1, WREN, "Here: https://blog.quillmoor.example/what-happened-with-2-4-1"),), reactions=31),
    Raised(FERRYWHEEL, 13.0, _IVO, "2.4.2: hashes differ between wheel and source", "Is that expected?", ("question",),
           12.2, said=(Said(12.3, ODUYA, "Yes, they are two files. Both are signed."),)),
    Raised(INKBARROW, 28.5, _FENNA, "0.18.4 has no tag", "There is 0.18.4 in the registry, and nothing here.",
           _SECURITY, 20.2, reason="duplicate"),
    Raised(
        INKBARROW, 27.2, _CASPIAN, "0.18.4 carries the ferrywheel worm",
        "The same `_start.py` as in ferrywheel 2.4.1, published twelve hours later with one of the stolen tokens.",
        _SECURITY, said=(Said(19.5, TAMSIN, "Yanked. 0.18.3 is the last good one until there is a 0.18.5."),),
        reactions=66,
    ),
    Raised(INKBARROW, 21.0, _GORAN, "Remove 0.18.4", "Please.", _DUPLICATE, 20.0),
    Raised(INKBARROW, 15.5, _ISMAT, "Which hashes are good?", "For 0.18.3.", ("question",)),
    Raised(LAMPWRIGHT, 26.5, _JORUNN, "5.2.0 installs a malicious ferrywheel", "It resolves to 2.4.1 today.",
           _SECURITY, 5.0, said=(Said(12.5, MIREI, "Main forbids it now; a release follows."),), reactions=9),
    Raised(LAMPWRIGHT, 17.0, _HANNEKE, "Rotate the tokens of the dashboard", "How, without locking everybody out?",
           ("question",)),
)  # fmt: skip
