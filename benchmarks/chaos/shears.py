"""Which answers never reach their client: decided from what was asked and what was answered. Pure."""

from collections import Counter
from enum import StrEnum

from benchmarks.chaos.deeds import BROKER_CUTS, POSTGRES_CUTS, Cut

_COMMITTED = b"COMMIT\x00"
_STATEMENT_DONE = b"C"
_HANDED_OUT = (b"*2\r\n$", b"%1\r\n$")
"""How Redis and Valkey begin the answer to a BRPOP that found something: a list's name and the message."""
_REFUSED = b"-"


class Side(StrEnum):
    """Whose answers they are."""

    POSTGRES = "postgres"
    BROKER = "broker"

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """Where its connections can be cut."""
        return POSTGRES_CUTS if self is Side.POSTGRES else BROKER_CUTS


def side_of(cut: Cut) -> Side:
    """Return on which side a cut is made."""
    return Side.POSTGRES if cut in POSTGRES_CUTS else Side.BROKER


def moments(side: Side, *, asked: bytes, answered: bytes) -> frozenset[Cut]:
    """Return after which kinds of work this answer comes: the server did it, and the client does not know yet."""
    return _of_postgres(answered) if side is Side.POSTGRES else _of_broker(asked, answered)


def _of_postgres(answered: bytes) -> frozenset[Cut]:
    if _COMMITTED in answered:
        return frozenset({Cut.COMMIT, Cut.STATEMENT})
    # The last message of a finished request is ReadyForQuery: Z, a length of five, and the transaction's state.
    done = answered[-6:-1] == b"Z\x00\x00\x00\x05" and _STATEMENT_DONE in answered
    return frozenset({Cut.STATEMENT}) if done else frozenset()


def _of_broker(asked: bytes, answered: bytes) -> frozenset[Cut]:
    found = {Cut.COMMAND}
    if b"BRPOP" in asked and answered.startswith(_HANDED_OUT):
        found.add(Cut.DELIVERY)
    if b"LPUSH" in asked and not answered.startswith(_REFUSED):
        found.add(Cut.PUBLISH)
    return frozenset(found)


class Shears:
    """Cuts that were asked for wait here for an answer that fits."""

    def __init__(self) -> None:
        self.wanted: Counter[Cut] = Counter()
        self.made: Counter[Cut] = Counter()

    def want(self, cut: Cut) -> None:
        """Ask for one cut, to be made at the next answer that fits."""
        self.wanted[cut] += 1

    def takes(self, found: frozenset[Cut]) -> Cut | None:
        """Return the cut to be made at this answer, which is then counted; None for none."""
        cut = next((one for one in sorted(found) if self.wanted[one] > 0), None)
        if cut is not None:
            self.wanted[cut] -= 1
            self.made[cut] += 1
        return cut
