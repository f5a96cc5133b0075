"""The order of service: which lanes a worker looks into first, and how many of its slots scheduled work may hold."""

from collections.abc import Callable, Iterable, Sequence

from kombu.utils.scheduling import round_robin_cycle

from orchestrator.domain.triggers import Priority
from orchestrator.ledger.transport import lists_of
from orchestrator.queues import class_of

FAIR = 4
"""Of so many messages that a worker takes, one is looked for in a lower class first: low, normal and high in turn."""
KEPT = 8
"""Of so many slots, one is kept from scheduled work: nothing else ever finds them all taken by it."""
_SOON_SECONDS = 0.1
"""How long a worker that may take no scheduled work now waits for other work, before it looks again whether it may."""
_FAVOURED = (Priority.LOW, Priority.NORMAL, Priority.HIGH)


def in_order(queues: Sequence[str], *, taken: int) -> list[str]:
    """Return the queues as a worker that has taken so many messages looks into them.

    Class by class, the most urgent first, and the queues of one class as they come. One look in ``FAIR`` begins with a
    lower class, so that none starves under any flood of a higher one.
    """
    favoured = _FAVOURED[taken // FAIR % len(_FAVOURED)] if taken % FAIR == FAIR - 1 else None
    return sorted(queues, key=lambda queue: (class_of(queue) is not favoured, class_of(queue)))


def most_scheduled(slots: int) -> int:
    """Return how many of a worker's slots scheduled work may hold at once."""
    return max(1, slots - slots // KEPT)


def scheduled(queues: Iterable[str]) -> frozenset[str]:
    """Return those of the queues that hold scheduled work."""
    return frozenset(queue for queue in queues if class_of(queue) is Priority.LOW)


class UrgentFirst(round_robin_cycle):
    """Looks into a worker's lanes in the order of service. Redis and Valkey hand out from the first that holds any."""

    def __init__(self, it: list[str] | None = None) -> None:
        super().__init__(it)  # type: ignore[no-untyped-call] # kombu has no types
        self._taken = 0
        self._full: Callable[[], bool] = _never
        self._pace: Callable[[float | None], None] = _as_it_is

    def limit(self, *, full: Callable[[], bool], pace: Callable[[float | None], None]) -> None:
        """Leave scheduled lanes out while ``full``; ``pace`` sets for how long at most one look waits (None: usual)."""
        self._full = full
        self._pace = pace

    def consume(self, n: int) -> list[str]:
        """Return the lists of the next ``n`` queues to look into, in their order."""
        turn: list[str] = super().consume(n)  # type: ignore[no-untyped-call] # the same
        low = scheduled(turn)
        left_out = low if low and self._full() else frozenset()
        self._pace(_SOON_SECONDS if left_out else None)
        ordered = in_order([queue for queue in turn if queue not in left_out], taken=self._taken)
        return [one for queue in ordered for one in lists_of(queue)]

    def rotate(self, last_used: str) -> str:
        """Count a message that was taken, and let its queue's neighbours go first the next time."""
        self._taken += 1
        if scheduled([last_used]):
            self._pace(_SOON_SECONDS)  # The wait of a look is settled before its queues are.
        return str(super().rotate(last_used))  # type: ignore[no-untyped-call] # the same


def _never() -> bool:
    """Say that there is room: nobody has said how many slots there are."""
    return False


def _as_it_is(_seconds: float | None) -> None:
    """Change no waiting time."""
