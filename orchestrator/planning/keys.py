"""Keys of triggers, from their content: the same signal seen twice has the same key, and is one run.

A key is a few parts with colons between them. A part that is long, or holds anything but plain characters, is given
as the beginning of it, a ``~`` and a hash of the whole; no plain part holds a ``~`` or a colon, so no two contents
share a key. ``fresh`` is what makes a key new where content must not: two requests for the same thing are two runs.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple, TypeVar

from agents.contract import TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import PlanningError
from orchestrator.planning.options import Options, read_options
from orchestrator.planning.priority import SCHEDULE

LONGEST_KEY = 200
DEFAULT_WINDOW_SECONDS = 3_600

_PLAIN = re.compile(r"[A-Za-z0-9._@+/-]{1,72}")
_ODD = re.compile(r"[^A-Za-z0-9._@+/-]+")
_VERSION = re.compile(r"\Av(?=[0-9])")

_Value = TypeVar("_Value")


class _Signal(NamedTuple):
    """A trigger with what its key may be made of."""

    trigger: Trigger
    options: Options
    fresh: str


def trigger_key(trigger: Trigger, *, fresh: str) -> str:
    """Return a trigger's key, at most 200 characters. PlanningError where its kind needs a field that is empty.

    ``fresh`` is a text never used before, such as a new run's id.
    """
    if trigger.key:
        return _key("caller", trigger.key)
    return _OF_KIND[trigger.kind](_Signal(trigger, read_options(trigger.options), fresh))


def _monitor(signal: _Signal) -> str:
    """Take a schedule's name and the time when it was due; a look that somebody started is always a new one."""
    if signal.trigger.source != SCHEDULE:
        return _key("manual", signal.fresh)
    due = _needed(signal.trigger.as_of, field="as_of", what="the time when the schedule was due")
    return f"{_key('schedule', _subject(signal.trigger, 'the name of the schedule'))}:{_moment(due)}"


def _advisory(signal: _Signal) -> str:
    """Take an advisory's id and when it was modified, whichever of its names the source uses."""
    names = [_subject(signal.trigger, "the id of the advisory"), *signal.options.aliases]
    main = min((_advisory_id(name) for name in names), key=_rank)
    return f"{_key('advisory', main)}:{_moment(signal.trigger.as_of) if signal.trigger.as_of else 'undated'}"


def _release(signal: _Signal) -> str:
    """Take what was released, and as which version; ``v1.2`` and ``1.2`` are the same."""
    version = _VERSION.sub("", _subject(signal.trigger, "the version that was released").strip().lower(), count=1)
    released = sorted({each.id for each in signal.trigger.targets if each.kind is not TargetKind.ADVISORIES})
    _needed(released, field="targets", what="the target that was released")
    return _key("release", "\x1f".join(released), version)


def _spike(signal: _Signal) -> str:
    """Take what is talked about, and the window of time in which it is; without a time it is always a new one."""
    subject = " ".join(_subject(signal.trigger, "the words that are talked about").casefold().split())
    if signal.trigger.as_of is None:
        return _key("spike", subject, signal.fresh)
    window = signal.options.window or DEFAULT_WINDOW_SECONDS
    since = datetime.fromtimestamp(signal.trigger.as_of.timestamp() // window * window, UTC)
    return f"{_key('spike', subject, f'{window}s')}:{_moment(since)}"


def _webhook(signal: _Signal) -> str:
    """Take who delivered, and the delivery's id; without one it is always a new one."""
    return (
        _key("webhook", signal.trigger.source, signal.options.delivery)
        if signal.options.delivery
        else _key("webhook-new", signal.fresh)
    )


def _request(signal: _Signal) -> str:
    """Take nothing: whoever asks twice wants two answers; a caller that may send twice gives a key of its own."""
    return _key("request", signal.fresh)


_OF_KIND: Mapping[TriggerKind, Callable[[_Signal], str]] = {
    TriggerKind.MONITOR: _monitor,
    TriggerKind.ADVISORY: _advisory,
    TriggerKind.RELEASE: _release,
    TriggerKind.KEYWORD_SPIKE: _spike,
    TriggerKind.WEBHOOK: _webhook,
    TriggerKind.REQUEST: _request,
}


def _subject(trigger: Trigger, what: str) -> str:
    """Return the subject, which this kind of trigger must have."""
    return _needed(trigger.subject.strip(), field="subject", what=what)


def _needed(value: _Value | None, *, field: str, what: str) -> _Value:
    """Return a value that is there. PlanningError, naming what to give, where it is not."""
    if not value:
        raise PlanningError(f"{field}: is empty; give {what}, or a key of your own")
    return value


def _advisory_id(name: str) -> str:
    """Return an advisory's id in one spelling: sources write CVE-, GHSA- and others in either case."""
    return name.strip().upper() if name.isascii() else name.strip()


def _rank(name: str) -> tuple[int, str]:
    """Order the ids of one advisory: CVE, then GHSA, then the others by name."""
    return (0 if name.startswith("CVE-") else 1 if name.startswith("GHSA-") else 2), name


def _moment(moment: datetime) -> str:
    """Return a moment in UTC, ISO 8601, the same text for the same moment."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _key(*parts: str) -> str:
    """Join the parts, each made plain."""
    return ":".join(_plain(part) for part in parts)


def _plain(part: str) -> str:
    """Return a part as it is where it is plain and short, else its beginning with a hash of the whole."""
    if _PLAIN.fullmatch(part):
        return part
    digest = sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{_ODD.sub('-', part)[:30]}~{digest}"
