"""Doubled and reordered messages in the broker's own lists, while the load runs.

Half of the copies come at once, the others later, when a worker has the message or its steps are done.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

SHARE = 0.12
"""How many of all messages are doubled; the goal is a tenth."""
REORDERED = 0.05
EVERY_SECONDS = 0.02
_COUNT_EVERY = 10
_MOST_AT_ONCE = 20
_KEPT = 100
"""So many copies are kept at most, the latest ones."""

_DOUBLE = """
    local length = redis.call('LLEN', KEYS[1])
    if length == 0 then return 0 end
    local message = redis.call('LINDEX', KEYS[1], math.floor(length * tonumber(ARGV[1])))
    redis.call(ARGV[2], KEYS[1], message)
    return 1
"""
"""Push a copy of one message of a list to one of its ends."""
_REORDER = """
    if redis.call('LLEN', KEYS[1]) < 2 then return 0 end
    if ARGV[1] == 'LPUSH' then
        redis.call('LPUSH', KEYS[1], redis.call('RPOP', KEYS[1]))
    else
        redis.call('RPUSH', KEYS[1], redis.call('LPOP', KEYS[1]))
    end
    return 1
"""
"""Move the message at one end of a list to the other."""
_ENDS = ("LPUSH", "RPUSH")


@dataclass
class Meddled:
    """How many messages were sent by others, as the broker counts, and how many we doubled and moved."""

    sent: int = 0
    doubled: int = 0
    reordered: int = 0

    @property
    def share(self) -> float:
        """Which share of the messages was doubled."""
        return self.doubled / self.sent if self.sent else 0.0


class Meddler:
    """Works in a thread of its own, on a connection past the proxy."""

    def __init__(self, broker_url: str, *, queues: Sequence[str], seed: int) -> None:
        self.meddled = Meddled()
        self._client = redis.Redis.from_url(_plain(broker_url), socket_timeout=5, retry=Retry(NoBackoff(), 0))
        self._double = self._client.register_script(_DOUBLE)
        self._reorder = self._client.register_script(_REORDER)
        self._queues = list(queues)
        self._rng = Random(f"meddling:{seed}")
        self._counter = PushCounter()
        self._kept: deque[tuple[str, Any]] = deque(maxlen=_KEPT)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="meddler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and close the connection."""
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()
        self._client.close()

    def flush(self) -> bool:
        """Have the broker forget everything; False where it did not answer."""
        try:
            return bool(self._client.flushall())
        except redis.RedisError:
            return False

    def _run(self) -> None:
        turn = 0
        while not self._done.wait(EVERY_SECONDS):
            turn += 1
            try:
                if turn % _COUNT_EVERY == 0:
                    self._count()
                self._meddle()
            except redis.RedisError:
                time.sleep(EVERY_SECONDS)

    def _count(self) -> None:
        """Ask how many messages were pushed; a broker that was started again counts from nothing."""
        life = str(self._client.info("server")["run_id"])
        stats = self._client.info("commandstats")
        self.meddled.sent = self._counter.see(life, sum(_calls(stats, name) for name in ("lpush", "rpush")))

    def _meddle(self) -> None:
        """Double and move as many messages as are due, wherever there are any."""
        due = [SHARE * self.meddled.sent - self.meddled.doubled, REORDERED * self.meddled.sent - self.meddled.reordered]
        for _ in range(min(_MOST_AT_ONCE, max(0, int(due[0])))):
            self._remember()
            done = self._in_line() if self._rng.random() < 0.5 else self._late()
            self.meddled.doubled += done
            self._counter.ours += done
        for _ in range(min(_MOST_AT_ONCE, max(0, int(due[1])))):
            done = int(self._reorder(keys=[self._rng.choice(self._queues)], args=[self._rng.choice(_ENDS)]))
            self.meddled.reordered += done
            self._counter.ours += done

    def _in_line(self) -> int:
        """Double a message that waits."""
        place: list[str | float] = [self._rng.random(), self._rng.choice(_ENDS)]
        return int(self._double(keys=[self._rng.choice(self._queues)], args=place))

    def _remember(self) -> None:
        """Keep a copy of a message that waits somewhere."""
        queue = self._rng.choice(self._queues)
        message: Any = self._client.lindex(queue, self._rng.choice((0, -1)))
        if message is not None:
            self._kept.append((queue, message))

    def _late(self) -> int:
        """Send a message again that was seen some time ago."""
        if not self._kept:
            return 0
        queue, message = self._kept.popleft()
        push = self._client.lpush if self._rng.random() < 0.5 else self._client.rpush
        push(queue, message)
        return 1


class PushCounter:
    """Adds up what brokers counted one after the other, without our own pushes."""

    def __init__(self) -> None:
        self.ours = 0
        self._life = ""
        self._before = 0
        self._latest = 0

    def see(self, life: str, calls: int) -> int:
        """Take a broker's count; return how many messages others pushed in all lives together."""
        if life != self._life:
            self._before += self._latest
            self._life = life
        self._latest = calls
        return max(0, self._before + self._latest - self.ours)


def _calls(stats: dict[str, dict[str, int]], name: str) -> int:
    return int(stats.get(f"cmdstat_{name}", {}).get("calls", 0))


def _plain(url: str) -> str:
    """Return an address of Celery's as redis-py writes it."""
    return url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
