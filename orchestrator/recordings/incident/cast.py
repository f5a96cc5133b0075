"""Who is in the story: people and projects of our own making, whose names end so that nobody takes them for real."""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.recordings.incident.story import Person

FERRYWHEEL, INKBARROW = "quillmoor-example/ferrywheel", "quillmoor-example/inkbarrow"
LAMPWRIGHT, MOSSGATE = "lampwright-example/lampwright", "mossgate-example/mossgate"


def _person(first: str, *, at: str = "quillmoor.example") -> Person:
    return Person(f"{first.lower()}-example", f"{first} Example", f"{first.lower()}@{at}")


WREN, TAMSIN, ODUYA, PETRA, JUNO = (_person(first) for first in ("Wren", "Tamsin", "Oduya", "Petra", "Juno"))
ANSEL, MIREI = (_person(first, at="lampwright.example") for first in ("Ansel", "Mirei"))
SILAS = _person("Silas", at="mossgate.example")
PASSERS_BY = tuple(
    _person(first, at="mail.example")
    for first in ("Noor", "Ivo", "Bettina", "Caspian", "Dagny", "Emeka", "Fenna", "Goran", "Hanneke", "Ismat", "Jorunn")
)
ROBOT = Person("quillmoor-release-example[bot]", "quillmoor-release-example[bot]", "robot@quillmoor.example", "Bot")
"""Publishes releases with a token; it is what the worm took."""


@dataclass(frozen=True)
class Asked:
    """An issue of an ordinary day: how many days ago it was opened, and after how many it was closed."""

    title: str
    days: float
    closed_after: float | None
    label: str = ""


@dataclass(frozen=True)
class Shipped:
    """A release of an ordinary day. Where it says nothing of itself, its notes list what was done before it."""

    version: str
    days: float
    notes: str = ""


@dataclass(frozen=True)
class Project:
    """A project as it was for a year before; its commits are drawn from what it is about."""

    owner: Person
    name: str
    package: str
    about: str
    people: Mapping[Person, float]
    """Who writes its commits, and what share of them."""
    commits: int
    quiet_days: float
    """How long ago the last ordinary commit was made."""
    things: tuple[str, ...]
    """What its commits are about."""
    shipped: tuple[Shipped, ...]
    asked: tuple[Asked, ...]
    stars: int
    forks: int
    age_days: int
    homepage: str = ""


def _organisation(login: str) -> Person:
    return Person(login, login, f"hello@{login}.example", "Organization")


_BREAKING = """## Breaking changes

- `Queue.put` takes its options by name only.
- Python 3.9 is no longer supported.

## Deprecated

- `ferrywheel.compat` will be removed in 3.0; import from `ferrywheel` instead.
"""
_ESCAPE = """## Security

- A settings file can no longer name a file outside of its folder (GHSA-xxxx-xxxx-xx22).
"""
_LAST = """## Deprecated

- The `sync` interface is deprecated and gets fixes only.
"""

PROJECTS = (
    Project(
        owner=_organisation("quillmoor-example"),
        name="ferrywheel",
        package="ferrywheel-example",
        about="Background jobs for web services, without a broker",
        people={WREN: 0.34, TAMSIN: 0.26, ODUYA: 0.2, PETRA: 0.13, JUNO: 0.07},
        commits=84,
        quiet_days=3.2,
        things=(
            "the retry clock",
            "job leases",
            "the worker's shutdown",
            "the dashboard",
            "cron expressions",
            "the Postgres store",
            "job priorities",
            "the dead letter list",
            "type hints of handlers",
            "batch inserts",
        ),
        shipped=(
            Shipped("2.0.0", 340, _BREAKING),
            Shipped("2.1.0", 281),
            Shipped("2.1.1", 252),
            Shipped("2.2.0", 203),
            Shipped("2.3.0", 144),
            Shipped("2.3.1", 99),
            Shipped("2.3.2", 61),
            Shipped("2.4.0", 23),
        ),
        asked=(
            Asked("Worker does not stop while a handler sleeps", 331, 9, "bug"),
            Asked("Document how to run beside gunicorn", 305, 21, "documentation"),
            Asked("Jobs with equal priority are not first in, first out", 262, 6, "bug"),
            Asked("Support for cron with seconds", 240, None, "enhancement"),
            Asked("Dashboard: sort by age", 211, 33, "enhancement"),
            Asked("Deadlock when two workers prune at once", 187, 4, "bug"),
            Asked("Type checker complains about async handlers", 150, 12, "bug"),
            Asked("Metrics endpoint", 133, None, "enhancement"),
            Asked("Retry clock drifts after a change of the system's time", 96, 7, "bug"),
            Asked("Migration 0012 is slow on large tables", 58, 5, "bug"),
            Asked("Leases are not renewed during long batches", 22, 3, "bug"),
            Asked("Docs: link to the changelog is dead", 8, 1, "documentation"),
        ),
        stars=6_412,
        forks=388,
        age_days=1_630,
        homepage="https://ferrywheel.quillmoor.example/",
    ),
    Project(
        owner=_organisation("quillmoor-example"),
        name="inkbarrow",
        package="inkbarrow-example",
        about="Typed settings from files and environments",
        people={TAMSIN: 0.66, WREN: 0.24, JUNO: 0.1},
        commits=47,
        quiet_days=12.5,
        things=(
            "nested sections",
            "the error that names the file",
            "secrets in files",
            "the TOML reader",
            "environment prefixes",
            "default factories",
            "the schema printer",
        ),
        shipped=(
            Shipped("0.15.1", 247),
            Shipped("0.15.2", 214, _ESCAPE),
            Shipped("0.16.0", 171),
            Shipped("0.17.0", 122),
            Shipped("0.18.0", 74),
            Shipped("0.18.1", 70),
            Shipped("0.18.2", 45),
            Shipped("0.18.3", 19),
        ),
        asked=(
            Asked("Relative paths are taken from the wrong folder", 251, 3, "bug"),
            Asked("Allow lists in environment variables", 198, 30, "enhancement"),
            Asked("Error message shows the value of a secret", 172, 1, "bug"),
            Asked("Read settings from a URL", 140, 2, "wontfix"),
            Asked("Schema printer leaves out defaults", 88, 11, "bug"),
            Asked("Windows: line ends in secret files", 41, None, "bug"),
        ),
        stars=1_204,
        forks=71,
        age_days=1_020,
    ),
    Project(
        owner=_organisation("lampwright-example"),
        name="lampwright",
        package="lampwright-example",
        about="A deployment dashboard; its jobs run on ferrywheel",
        people={ANSEL: 0.55, MIREI: 0.4, PETRA: 0.05},
        commits=58,
        quiet_days=4.1,
        things=(
            "the timeline",
            "roll-backs",
            "the Slack notice",
            "environment locks",
            "the audit page",
            "sign-in by key",
            "the import from ferrywheel",
            "health probes",
        ),
        shipped=(
            Shipped("4.8.0", 318),
            Shipped("4.9.0", 255),
            Shipped("5.0.0", 177),
            Shipped("5.0.1", 163),
            Shipped("5.1.0", 92),
            Shipped("5.2.0", 16),
        ),
        asked=(
            Asked("Timeline is empty for a new environment", 290, 14, "bug"),
            Asked("Locks survive a roll-back", 202, 8, "bug"),
            Asked("Single sign-on", 176, None, "enhancement"),
            Asked("Audit page times out after 10,000 entries", 118, 26, "bug"),
            Asked("Probe interval below a second is ignored", 63, 17, "bug"),
            Asked("Pin our dependencies by hash", 35, None, "enhancement"),
        ),
        stars=842,
        forks=96,
        age_days=1_900,
    ),
    Project(
        owner=_organisation("mossgate-example"),
        name="mossgate",
        package="mossgate-example",
        about="Throttles requests by key",
        people={SILAS: 1.0},
        commits=24,
        quiet_days=118.0,
        things=("the token bucket", "the Redis store", "the decorator", "the tests on 3.13"),
        shipped=(Shipped("1.6.0", 342), Shipped("1.6.1", 236), Shipped("1.6.2", 121, _LAST)),
        asked=(
            Asked("Bucket refills too early after a restart", 310, 40, "bug"),
            Asked("Support for the new Redis protocol", 221, None, "enhancement"),
            Asked("Deprecation warnings on 3.13", 160, 39, "bug"),
            Asked("Is this still maintained?", 104, None, "question"),
            Asked("Memory grows with the number of keys", 83, None, "bug"),
            Asked("Release with the fix for memory, please", 51, None, "question"),
            Asked("Fork with fixes available", 20, None, ""),
        ),
        stars=377,
        forks=58,
        age_days=2_420,
    ),
)
"""The quiet one beside the others: it has nothing to do with the worm, and its health is another matter."""
