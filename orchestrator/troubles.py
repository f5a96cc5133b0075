"""What a database or a broker said when it refused, in words for people: what it is, what to do, and its own words."""

from collections.abc import Iterator
from typing import NamedTuple

from redis.exceptions import AuthenticationError
from sqlalchemy.exc import DBAPIError, OperationalError


class Told(NamedTuple):
    """Something that went wrong outside our own code."""

    what: str
    remedy: str
    said: str
    """The server's own words, one line of them."""

    def __str__(self) -> str:
        return f"{self.what}: {self.remedy} ({self.said})"


_CORRECT = "correct DATABASE_URL"
_FULL = ("the database's disk is full", "make room, then try again")
_CROWDED = ("the database has no connection left", "raise its max_connections, or end what holds them")
_BY_STATE = {
    "25006": ("the database is read-only", "point DATABASE_URL at the primary, or end its recovery"),
    "42501": ("the database's role may not do this", "give it its grants; `lookout doctor` looks at roles"),
    "42P01": ("the database lacks a table that this code needs", "run `lookout migrate`"),
    "42703": ("the database lacks a column that this code needs", "run `lookout migrate`"),
    "53100": _FULL,
    "53300": _CROWDED,
}
_BY_WORDS = {
    "password authentication failed": ("the database refuses the password", _CORRECT),
    "no password supplied": ("the database wants a password", "put it into DATABASE_URL"),
    "does not exist": ("the database or its role is not there", f"{_CORRECT}, or create it"),
    "No space left on device": _FULL,
    "remaining connection slots": _CROWDED,
    "too many clients": _CROWDED,
}
"""The server's words where libpq passes on no state: while it connects."""
_DOWN = ("the database does not answer", f"start it, or {_CORRECT}; `lookout doctor` checks it")
_REFUSED = ("the database refused", "`lookout doctor` checks whether its schema and roles are right")
_WANTS_PASSWORD = frozenset({"NOAUTH", "WRONGPASS", "AUTH", "ACCESS_REFUSED"})


def database_trouble(error: DBAPIError) -> Told:
    """Return what an error of the database means."""
    said = str(error.orig).strip()
    state = getattr(error.orig, "sqlstate", None)
    known = _BY_STATE.get(state) if state else next((told for part, told in _BY_WORDS.items() if part in said), None)
    what, remedy = known or (_DOWN if isinstance(error, OperationalError) else _REFUSED)
    return Told(what, remedy, said.splitlines()[0] if said else type(error.orig).__name__)


def broker_trouble(error: BaseException) -> Told:
    """Return what an error of the broker means."""
    chain = tuple(_causes(error))
    said = str(error) or type(error).__name__
    if any(isinstance(each, AuthenticationError) or _wants_password(str(each)) for each in chain):
        return Told("the broker refuses the password", "correct CELERY_BROKER_URL", said)
    if any("No space left" in str(each) or "MISCONF" in str(each) for each in chain):
        return Told("the broker cannot write to its disk", "make room, then try again", said)
    remedy = "start it, or correct CELERY_BROKER_URL; `lookout doctor` checks it"
    return Told("the broker does not answer", remedy, said)


def _wants_password(text: str) -> bool:
    """Whether a broker's words are about the password."""
    return not _WANTS_PASSWORD.isdisjoint(text.upper().replace(":", " ").split())


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, what caused it, what caused that, and so on."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__
