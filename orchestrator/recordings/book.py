"""Which recorded exchange answers a request: the next one of those that answer it."""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from orchestrator.recordings.asking import Asked, Reply, words
from orchestrator.recordings.exchange import Exchange, Key
from orchestrator.recordings.matching import loosened, near, nearest_of, sent

_UNCHANGED, _MISSING = 304, 404
_LEADING = frozenset({"link", "location"})
"""Headers that hold addresses."""
_LONGEST_ASKED = 2_000
"""Characters of a request that the answer to it quotes."""


@dataclass
class Book:
    """All exchanges by what they answer. Requests for the same go from one to the next; the last one stays."""

    exchanges: Mapping[Key, list[Exchange]]
    title: str = "recorded exchanges"
    _loose: dict[Key, list[Key]] = field(default_factory=lambda: defaultdict(list))
    _turn: dict[tuple[Key, str], int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Note which requests differ in times and sizes of pages alone."""
        for key in self.exchanges:
            self._loose[loosened(key)].append(key)

    @classmethod
    def of(cls, exchanges: Iterable[Exchange], *, title: str = "recorded exchanges") -> "Book":
        """Return the book of some exchanges."""
        by_key: dict[Key, list[Exchange]] = defaultdict(list)
        for one in exchanges:
            by_key[one.key].append(one)
        in_order = {key: sorted(some, key=lambda one: (one.file, one.seq)) for key, some in by_key.items()}
        return cls(in_order, title=title)

    def answer(self, asked: Asked, *, url: str) -> Reply:
        """Return what the next exchange says, links and redirects to its service led to ``url``.

        What is in no recording is not found, and the answer says what was asked for and what is like it.
        """
        exchange = self.play(asked)
        if exchange is not None:
            return Reply(exchange.response.status, _headers(exchange, url=url), exchange.body)
        told = {
            "message": f"not in the recording: {words(asked.key)[:_LONGEST_ASKED]}",
            "near": near(asked.key, among=self.exchanges),
        }
        return Reply(_MISSING, {"Content-Type": "application/json"}, json.dumps(told).encode(), known=False)

    def play(self, asked: Asked) -> Exchange | None:
        """Return the exchange that is next for a request; None where none was recorded for it, or for one like it."""
        key = self._known(asked.key)
        if key is None:
            return None
        known, body = self._sent(key, asked)
        with self._lock:
            turn = min(self._turn[key, body], len(known) - 1)
            self._turn[key, body] += 1
        exchange = known[turn]
        if exchange.response.status == _UNCHANGED and not (asked.etag or asked.since):
            before = [one for one in known[:turn] if one.response.status != _UNCHANGED]
            return before[-1] if before else exchange
        return exchange

    def _known(self, key: Key) -> Key | None:
        """Return the recorded request that one is answered by: the same one, else one that is as good."""
        if key in self.exchanges:
            return key
        alike = self._loose.get(loosened(key))
        return nearest_of(key, among=alike) if alike else None

    def _sent(self, key: Key, asked: Asked) -> tuple[list[Exchange], str]:
        """Return the exchanges with the body that is sent, and what tells it; without any, all of them, and nothing."""
        known, body = self.exchanges[key], sent(asked.body)
        same = [one for one in known if sent((one.request.body or "").encode("utf-8", "replace")) == body]
        return (same, body) if same else (known, "")


def _headers(exchange: Exchange, *, url: str) -> dict[str, str]:
    """Return what the recording says, with an address in place of the recorded service's."""
    parts = urlsplit(exchange.request.url)
    recorded = re.compile(rf"{re.escape(f'{parts.scheme}://{parts.netloc}')}(?=[/?#>]|$)")
    return {
        name: recorded.sub(url, value) if parts.netloc and name.lower() in _LEADING else value
        for name, value in exchange.response.headers.items()
    }
