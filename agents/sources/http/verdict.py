"""What the status and the headers of an answer mean: taken, asked again, put off to a time, or never to be had.

By RFC 9110 and RFC 6585, and by GitHub's documentation of its primary and secondary rate limits: both answer with 403
or 429, a spent primary limit has ``x-ratelimit-remaining: 0`` and says when it is full again, a secondary one says
``retry-after`` or nothing, and then a minute is asked for.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

MOST_WAIT = timedelta(days=1)
"""No longer than this is waited for a service's word: one that names next year is asked again tomorrow."""
UNNAMED_WAIT = timedelta(seconds=60)
"""What GitHub asks for where a limit names no time."""
COMPUTING_WAIT = timedelta(seconds=10)
"""After how long to ask again for what a service has only begun to compute (202)."""
_LONGEST_EPOCH = 10
"""Digits of a time in whole seconds since 1970; with more of them it is no time."""
_LIMIT_WORDS = ("rate limit", "abuse detection", "too many requests", "try again later")


class Kind(StrEnum):
    """What is to be done with an answer."""

    TAKE = "take"
    UNCHANGED = "unchanged"
    FOLLOW = "follow"
    LATER = "later"
    """Not before a time, which the service named."""
    AGAIN = "again"
    """The service is in trouble: as soon as the step is tried again."""
    GONE = "gone"
    """It does not exist, any more or for us."""
    DENIED = "denied"
    """The credentials are missing, wrong, or not good enough."""
    REFUSED = "refused"
    """The request itself is wrong; no other answer will come."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means."""

    kind: Kind
    why: str = ""
    at: datetime | None = None
    """When to ask again, for ``LATER``."""
    for_good: bool = False
    """Whether a redirect is permanent."""


def judge(status: int, headers: Mapping[str, str], *, text: str, now: datetime) -> Verdict:
    """Return what an answer means; ``text`` is the beginning of its body, for the words of a limit."""
    if status in _FINAL:
        return Verdict(_FINAL[status], f"it answered {status}")
    if status in _REDIRECTS:
        return _redirected(status, headers)
    if status in _PUT_OFF:
        return _put_off(status, headers, text=text, now=now)
    if 200 <= status < 300:  # noqa: PLR2004  RFC 9110, 15.3
        return Verdict(Kind.TAKE)
    if status >= 500 or status in {408, 425}:  # noqa: PLR2004  RFC 9110, 15.6
        return _in_trouble(status, headers, now=now)
    return Verdict(Kind.REFUSED, f"it answered {status}")


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PUT_OFF = frozenset({202, 403, 429})
_FINAL = {
    304: Kind.UNCHANGED,
    401: Kind.DENIED,
    404: Kind.GONE,
    407: Kind.DENIED,
    410: Kind.GONE,
    451: Kind.GONE,
}


def _redirected(status: int, headers: Mapping[str, str]) -> Verdict:
    """Return where a redirect leads, as its header says it."""
    where = headers.get("location", "")
    if not where:
        return Verdict(Kind.AGAIN, f"it answered {status}, a redirect to nowhere")
    return Verdict(Kind.FOLLOW, where, for_good=status in {301, 308})


def _put_off(status: int, headers: Mapping[str, str], *, text: str, now: datetime) -> Verdict:
    """Tell what passes, a limit or an answer that is being computed, from rights that are missing."""
    named = retry_after(headers, now=now)
    if named is not None:
        return Verdict(Kind.LATER, f"it answered {status} and named a time", at=named)
    if status == 202:  # noqa: PLR2004  RFC 9110, 15.3.3
        return Verdict(Kind.LATER, "the answer is being computed", at=now + COMPUTING_WAIT)
    if headers.get("x-ratelimit-remaining") == "0":
        return Verdict(Kind.LATER, "its rate limit is used up", at=_reset(headers, now=now) or now + UNNAMED_WAIT)
    if status == 429 or any(words in _message(text) for words in _LIMIT_WORDS):  # noqa: PLR2004  RFC 6585, 4
        return Verdict(Kind.LATER, f"it answered {status}, a limit without a time", at=now + UNNAMED_WAIT)
    return Verdict(Kind.DENIED, "it answered 403: it does not allow this, to these credentials or to anybody")


def _message(text: str) -> str:
    """Return what a service says in words, in small letters: names and addresses beside it may hold any word."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return text.lower()
    message = told.get("message") if isinstance(told, dict) else None
    return message.lower() if isinstance(message, str) else ""


def _in_trouble(status: int, headers: Mapping[str, str], *, now: datetime) -> Verdict:
    """Return when to ask a service again that is in trouble: when it says, else as usual."""
    named = retry_after(headers, now=now)
    if named is not None:
        return Verdict(Kind.LATER, f"it answered {status} and named a time", at=named)
    return Verdict(Kind.AGAIN, f"it answered {status}")


def retry_after(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """Return the time that ``retry-after`` names, as seconds or as a date; None where it names none."""
    text = headers.get("retry-after", "").strip()
    if _is_number(text):
        return now + min(timedelta(seconds=int(text[:9])), MOST_WAIT)
    at = _date(text)
    return None if at is None else _by_our_clock(at, headers, now=now)


def _reset(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """Return when a rate limit is full again; None where that is not said."""
    text = headers.get("x-ratelimit-reset", "").strip()
    if not _is_number(text) or len(text) > _LONGEST_EPOCH:
        return None
    return _by_our_clock(datetime.fromtimestamp(int(text), tz=UTC), headers, now=now)


def _by_our_clock(at: datetime, headers: Mapping[str, str], *, now: datetime) -> datetime:
    """Return a service's time by this machine's clock, not before now and not after the longest wait.

    The service's own clock is its ``date``: where that differs from ours, what it names differs as much.
    """
    wait = at - (_date(headers.get("date", "")) or now)
    return now + min(max(wait, timedelta()), MOST_WAIT)


def _date(text: str) -> datetime | None:
    """Return the moment of an HTTP date; None where it is none."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
