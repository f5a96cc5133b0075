"""Which recorded exchange answers a request: the next one of those that answer it."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orchestrator.recordings.exchange import Exchange, Key

_UNCHANGED = 304


@dataclass(frozen=True)
class Played:
    """What a request gets."""

    exchange: Exchange
    unchanged: bool = False
    """Whether only that is said: the request named the mark of what it would get."""


@dataclass
class Book:
    """All exchanges by what they answer. Requests for the same go from one to the next; the last one stays."""

    exchanges: Mapping[Key, list[Exchange]]
    _turn: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> "Book":
        """Return the book of some exchanges."""
        by_key: dict[Key, list[Exchange]] = defaultdict(list)
        for one in exchanges:
            by_key[one.key].append(one)
        return cls({key: sorted(some, key=lambda one: (one.file, one.seq)) for key, some in by_key.items()})

    def play(self, key: Key, *, etag: str, since: str) -> Played | None:
        """Return what the next request gets that has these conditions, empty where it has none; None: no exchange."""
        known = self.exchanges.get(key)
        if not known:
            return None
        with self._lock:
            turn = min(self._turn[key], len(known) - 1)
            self._turn[key] += 1
        exchange = known[turn]
        if exchange.response.status == _UNCHANGED and not (etag or since):
            before = [one for one in known[:turn] if one.response.status != _UNCHANGED]
            return Played(before[-1]) if before else Played(exchange)
        marked = bool(etag) and etag == exchange.header("etag")
        old = not etag and bool(since) and since == exchange.header("last-modified")
        return Played(exchange, unchanged=exchange.response.status == 200 and (marked or old))  # noqa: PLR2004  OK
