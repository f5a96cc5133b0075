"""What became of a load, as figures: the verdict, what was done to it, and whether the goals are met. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.chaos import promptness
from benchmarks.chaos.deeds import Cut, Deed, Disturbance, Role
from benchmarks.chaos.disturbing import Hit
from benchmarks.chaos.journal import ACCEPTED, LEFT, SENT
from benchmarks.chaos.meddling import Meddled
from benchmarks.chaos.promptness import SHARE, quantile
from benchmarks.chaos.reconciling import Verdict, accepted_by, reconcile
from benchmarks.chaos.schedule import Amounts
from benchmarks.chaos.servers import Outage
from benchmarks.chaos.shears import Side, side_of
from benchmarks.chaos.watch import Books

DOUBLED_SHARE = 0.1
_MISSED_OF = 11
"""One of so many scheduled kills may find nobody at work: of 220 at least 200 hit."""
CUT_SHARE = 0.9
"""Which share of the cuts that were wanted must have been made, on each side."""


@dataclass(frozen=True)
class Tally:
    """Everything that was seen, read and counted."""

    books: Books
    keys: Sequence[str]
    journal: Sequence[dict[str, Any]]
    hits: Sequence[Hit]
    outages: Sequence[Outage]
    cuts: Counter[Cut]
    meddled: Meddled
    missed: Sequence[Disturbance]
    wanted: Amounts
    unexpected: Mapping[str, int]
    most_overdue: int
    seconds: float
    seed: int

    @property
    def verdict(self) -> Verdict:
        """What the books say."""
        lines = (line for line in self.journal if line["what"] == ACCEPTED)
        accepted = accepted_by(lines, keys=self.keys)
        return reconcile(self.books, keys=self.keys, accepted=accepted, most_overdue=self.most_overdue)

    def count(self, deed: Deed) -> int:
        """Return how often something hit."""
        return sum(hit.deed is deed for hit in self.hits)

    def as_json(self) -> dict[str, Any]:
        """Return everything as a JSON value, with the goals and whether each is met."""
        verdict = self.verdict
        prompt = self._accepting(SENT)
        goals = {
            "no run lost": not verdict.lost,
            "no effect doubled, missing or unfounded": not (verdict.doubled or verdict.missing or verdict.unfounded),
            "no run past its deadline without an end": not verdict.past_deadline,
            f"{SHARE:.1%} of triggers accepted within 1 s": prompt.counted > 0 and prompt.share >= SHARE,
            **self._enough(),
        }
        return {
            "passed": all(goals.values()),
            "goals": goals,
            "seed": self.seed,
            **verdict.as_json(),
            **self._done(),
            "submitted_within_1s": round(prompt.share, 5),
            "submissions": prompt.as_json(),
            "written_down": self._accepting(LEFT).as_json(),
            "recovery": self._recovery(),
            "attempts": self.books.attempts,
            "dead_letters": self.books.dead,
            "unexpected_ends": dict(self.unexpected),
            "duration_seconds": round(self.seconds, 1),
            "wanted": self.wanted.as_json(),
        }

    def _accepting(self, way: str) -> promptness.Accepting:
        """Return how promptly the triggers were taken in that were submitted in one way."""
        lines = [line for line in self.journal if line.get("way", SENT) == way]
        return promptness.accepting(lines, outages=self.outages, hits=self.hits)

    def _enough(self) -> dict[str, bool]:
        """Return whether the load was disturbed as it should have been."""
        least = self.wanted.kills * (_MISSED_OF - 1) // _MISSED_OF
        outages = {
            Deed.FLUSH: self.wanted.flushes,
            Deed.BROKER_KILL: self.wanted.broker_kills,
            Deed.POSTGRES_STOP: self.wanted.postgres_stops,
        }
        return {
            f"at least {least} kills hit somebody at work": self.count(Deed.KILL) >= least,
            "kills in every role": {hit.whom for hit in self.hits if hit.deed is Deed.KILL} >= set(Role),
            "every outage took place": all(self.count(deed) >= many for deed, many in outages.items()),
            f"{DOUBLED_SHARE:.0%} of messages doubled": self.meddled.share >= DOUBLED_SHARE,
            f"connections cut on both sides, {CUT_SHARE:.0%} of those wanted": all(
                self._cut_on(side) >= CUT_SHARE * wanted for side, wanted in self._cuts_wanted().items()
            ),
        }

    def _done(self) -> dict[str, Any]:
        """Return what was done to the load."""
        return {
            "kills": {"total": self.count(Deed.KILL), **self._by_role(Deed.KILL)},
            "stops": {"total": self.count(Deed.FREEZE), **self._by_role(Deed.FREEZE)},
            "flushes": self.count(Deed.FLUSH),
            "broker_kills": self.count(Deed.BROKER_KILL),
            "postgres_stops": self.count(Deed.POSTGRES_STOP),
            "seconds_away": {str(side): round(self._away(side), 1) for side in Side},
            "doubled_messages": {
                "count": self.meddled.doubled,
                "of": self.meddled.sent,
                "share": round(self.meddled.share, 4),
            },
            "reordered_messages": self.meddled.reordered,
            "cut_connections": {str(side): self._cut_on(side) for side in Side},
            "cut_after": {str(cut): self.cuts[cut] for cut in Cut},
            "found_nobody": len(self.missed),
        }

    def _by_role(self, deed: Deed) -> dict[str, int]:
        return {str(role): sum(hit.deed is deed and hit.whom is role for hit in self.hits) for role in Role}

    def _cut_on(self, side: Side) -> int:
        return sum(count for cut, count in self.cuts.items() if side_of(cut) is side)

    def _cuts_wanted(self) -> dict[Side, int]:
        return {Side.POSTGRES: self.wanted.postgres_cuts, Side.BROKER: self.wanted.broker_cuts}

    def _away(self, side: Side) -> float:
        return sum(one.until - one.since for one in self.outages if one.side is side)

    def _recovery(self) -> dict[str, Any]:
        """Return how long steps took that lost their holder, from the kill or stop to their end."""
        told = {}
        for deed in (Deed.KILL, Deed.FREEZE):
            hits = [hit for hit in self.hits if hit.deed is deed]
            found = promptness.recoveries(hits, steps=self.books.steps)
            told[str(deed)] = {
                "took_steps": sum(bool(hit.held) for hit in hits),
                "lost_steps": len(found),
                "p50_seconds": round(quantile(found, 0.5), 2),
                "p95_seconds": round(quantile(found, 0.95), 2),
                "longest_seconds": round(found[-1], 2) if found else 0.0,
            }
        return told
