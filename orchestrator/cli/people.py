"""What people were asked, what they answered and what they changed: as words and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.oversight.asked import Asked, AskedState, asked_by
from orchestrator.oversight.changes import Changed, changes_of
from orchestrator.oversight.withheld import Withheld, read_withheld


@dataclass(frozen=True)
class People:
    """What people had to do with one run, the oldest first."""

    asked: tuple[Asked, ...] = ()
    changed: tuple[Changed, ...] = ()
    withheld: Withheld | None = None

    def as_value(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "asked": [as_value(each) for each in self.asked],
            "changes": [asdict(each) for each in self.changed],
            "withheld": self.withheld.words if self.withheld else None,
        }

    def lines(self) -> Iterator[str]:
        """Yield it in words, for ``lookout runs show``."""
        for asked in self.asked:
            yield f"asked{f' by {asked.step}' if asked.step else ''} as {asked.id}: {asked.question}"
            yield f"  {_standing(asked)}"
        for made in self.changed:
            detail = ", ".join(f"{key} {value}" for key, value in made.detail.items())
            why = f": {made.why}" if made.why else ""
            yield f"changed by {made.who} at {made.at:%Y-%m-%d %H:%M:%S} UTC, {made.what} ({detail}){why}"
        if self.withheld:
            yield self.withheld.words


NOBODY = People()


def of_run(conn: Connection, run_id: UUID) -> People:
    """Return what people had to do with a run."""
    return People(asked_by(conn, run_id), changes_of(conn, run_id), read_withheld(conn, run_id))


def _standing(asked: Asked) -> str:
    """Return how a question stands, in words."""
    if asked.state is AskedState.OPEN:
        return f"waits for an answer: `lookout approvals show {asked.id}`"
    return answer_words(asked) if asked.answered_at else "nobody answered before it was over"


def standing(asked: Asked) -> str:
    """Return in a word or two how a question stands: its answer, or that it was escalated, and why."""
    if asked.answered_at:
        return f"{asked.answer} by {asked.who}"
    waits = asked.state is AskedState.OPEN and asked.escalated_at is not None
    return f"escalated: {asked.escalated_why}" if waits else str(asked.state)


def as_value(asked: Asked) -> dict[str, Any]:
    """Return a question for JSON."""
    return {key: value for key, value in asdict(asked).items() if key != "ticket"}


def words_of(asked: Asked) -> list[str]:
    """Return what people read of one question, a line each."""
    about = f"run {asked.run_id}" + (f", step {asked.step}" if asked.step else "") if asked.run_id else "no run"
    lines = [f"{asked.kind} {asked.id}: {asked.state}", f"question: {asked.question}", f"about: {about}"]
    if asked.choices:
        lines.append(f"answers: {', '.join(asked.choices)}")
    if asked.default_answer:
        lines.append(f"where nobody answers: {asked.default_answer}")
    if asked.until and asked.state is AskedState.OPEN:
        lines.append(f"until: {asked.until:%Y-%m-%d %H:%M:%S} UTC")
    if asked.escalated_at:
        lines.append(f"escalated at {asked.escalated_at:%Y-%m-%d %H:%M:%S} UTC: {asked.escalated_why}")
    return [*lines, *([answer_words(asked)] if asked.answered_at else [])]


def answer_words(asked: Asked) -> str:
    """Return an answer with who gave it, when and why."""
    why = f": {asked.why}" if asked.why else ""
    return f"{asked.who} answered {asked.answer!r} at {asked.answered_at:%Y-%m-%d %H:%M:%S} UTC{why}"
