"""Which recorded requests stand for one that was not recorded as it is: those that differ in times and page sizes."""

import json
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import islice

from orchestrator.recordings.asking import words
from orchestrator.recordings.exchange import Key

_SIZE = frozenset({"per_page", "per-page", "page_size", "limit"})
_TIMED = frozenset({"since", "until", "before", "after", "from", "to", "start", "end"})
_DATE = re.compile(r"[<>=.*\s]*\d{4}-\d{2}-\d{2}")
_EPOCH = re.compile(r"\d{9,13}(?:\.\d+)?")
_MOST_NEAR = 5
_ALIKE = 0.6
"""From 0, nothing in common, to 1, the same."""
_MOST_COMPARED = 2_000
"""Recorded requests that one which is in no recording is compared with."""
_LONGEST_COMPARED = 300
"""Characters of each that are compared."""


def loosened(key: Key) -> Key:
    """Return a request without what a recording need not have in common with it: times, page sizes, the first page."""
    method, path, query = key
    return method, path, tuple(pair for pair in query if not _is_loose(*pair))


def is_time(name: str, value: str) -> bool:
    """Whether a word of a query is a time: by its form, or a bare number under a name that asks for one."""
    return bool(_DATE.match(value)) or (name.lower() in _TIMED and bool(_EPOCH.fullmatch(value)))


def nearest_of(key: Key, *, among: Sequence[Key]) -> Key:
    """Return the request that has most in common with another, of some that differ in times alone; the first of equals.

    ``among`` is not empty.
    """
    asked = set(key[2])
    return max(among, key=lambda one: len(asked & set(one[2])))


def near(key: Key, *, among: Iterable[Key]) -> list[str]:
    """Return, for people, the recorded requests that look most like one which was not recorded."""
    matcher = SequenceMatcher(None, "", words(key)[:_LONGEST_COMPARED], autojunk=False)
    alike: list[tuple[float, str]] = []
    for one in islice(among, _MOST_COMPARED):
        text = words(one)[:_LONGEST_COMPARED]
        matcher.set_seq1(text)
        # The first two are bounds from above, and cost next to nothing.
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= _ALIKE and matcher.ratio() >= _ALIKE:
            alike.append((matcher.ratio(), text))
    return [text for _, text in sorted(alike, key=lambda pair: (-pair[0], pair[1]))[:_MOST_NEAR]]


def sent(body: bytes) -> str:
    """Return what tells bodies of requests apart: JSON by its content, whatever its blanks and order."""
    try:
        plain = json.dumps(json.loads(body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        plain = body.strip()
    return sha256(plain).hexdigest() if plain else ""


def _is_loose(name: str, value: str) -> bool:
    return name.lower() in _SIZE or (name, value) == ("page", "1") or is_time(name, value)
