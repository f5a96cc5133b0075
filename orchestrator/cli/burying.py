"""Dead letters on the command line: shown, requeued, dropped."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from orchestrator.cli.approving import this_user
from orchestrator.cli.comparing import attempt_cells
from orchestrator.cli.exits import Exit
from orchestrator.cli.ledgering import ledger
from orchestrator.cli.tables import show_table
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.errors import AdmissionError, DeadLetterError, ReplayError
from orchestrator.ledger.dead import DeadLetter, Requeued, drop, list_dead, read_dead, requeue
from orchestrator.local.opening import is_unused
from orchestrator.settings import get_settings
from orchestrator.store.runs import read_run
from orchestrator.store.tables.columns import DEFAULT_TENANT

_HEADINGS = ("dead letter", "since", "agent", "step", "reason", "run", "standing", "error")
_ATTEMPTS = ("attempt", "agent", "worker", "began", "took", "outcome", "error")
_MOST = 10_000


def show_all(*, agent: str | None, reason: str | None, settled: bool, limit: int, as_json: bool) -> None:
    """Show dead letters, the newest first."""
    letters: tuple[DeadLetter, ...] = ()
    if not is_unused(get_settings()):
        with ledger() as engine, engine.connect() as conn:
            letters = list_dead(conn, agent=agent, reason=reason, settled=settled, limit=limit)
    if as_json:
        show_json([_value(letter) for letter in letters])
        return
    show_table(_HEADINGS, map(_cells, letters), empty="no step failed for good, or all were dealt with")


def show_one(number: int, *, as_json: bool) -> None:
    """Show one dead letter with all its attempts and how to go on."""
    with ledger() as engine, engine.connect() as conn:
        letter = read_dead(conn, number)
        view = read_run(conn, letter.run_id, tenant=DEFAULT_TENANT)
    attempts = [attempt for attempt in view.attempts if attempt.step == letter.step]
    if as_json:
        show_json({**_value(letter), "attempts": [asdict(attempt) for attempt in attempts]})
        return
    show(f"dead letter {letter.id}: {letter.step} of run {letter.run_id}, {letter.standing}")
    show(f"reason: {letter.reason} at attempt {letter.attempt} by {letter.agent}, {letter.at:%Y-%m-%d %H:%M:%S} UTC")
    show(f"error: {letter.error or 'none was kept'}")
    show_table(_ATTEMPTS, (attempt_cells(attempt) for attempt in attempts), empty="its attempts were removed")
    show(f"how to go on: {letter.way_on}")


def requeue_all(*, agent: str | None, reason: str | None, who: str | None, as_json: bool) -> int:
    """Requeue all open dead letters, or those of an agent and with a reason; return the exit code."""
    with ledger() as engine, engine.connect() as conn:
        letters = list_dead(conn, agent=agent, reason=reason, limit=_MOST)
    return requeue_each([letter.id for letter in reversed(letters)], who=who, as_json=as_json)


def requeue_each(numbers: Sequence[int], *, who: str | None, as_json: bool) -> int:
    """Requeue dead letters, each by itself, and say which run each led to; return the exit code."""
    done: list[Requeued] = []
    refused: dict[int, str] = {}
    with ledger():
        from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

        replays = wiring.replays()
        for number in numbers:
            try:
                done.append(requeue(replays, number, who=who or this_user()))
            except (DeadLetterError, ReplayError) as error:
                refused[number] = str(error)
            except AdmissionError as error:
                # What is full now is full for the others as well: what was done is told, the rest stays as it is.
                _tell(done, {**refused, number: str(error)}, as_json=as_json)
                return Exit.BUSY
    _tell(done, refused, as_json=as_json)
    return Exit.FAILED if refused else Exit.OK


def drop_one(number: int, *, why: str, who: str | None) -> None:
    """Drop one dead letter and say so."""
    with ledger() as engine, engine.begin() as conn:
        drop(conn, number, who=who or this_user(), why=why)
    show(f"dead letter {number}: dropped")


def _tell(done: Sequence[Requeued], refused: dict[int, str], *, as_json: bool) -> None:
    """Say what became of each."""
    if as_json:
        show_json({"requeued": [one._asdict() for one in done], "refused": refused})
        return
    for one in done:
        show(f"dead letter {one.id}: run {one.run_id}" + ("" if one.fresh else ", which does it already"))
    for number, why in refused.items():
        say(f"dead letter {number}: {why}")
    if not done and not refused:
        say("there is none to requeue")


def _value(letter: DeadLetter) -> dict[str, Any]:
    """Return a dead letter for JSON."""
    return {**asdict(letter), "standing": letter.standing, "way_on": letter.way_on}


def _cells(letter: DeadLetter) -> tuple[str, ...]:
    """Return a dead letter's cells."""
    return (
        str(letter.id),
        f"{letter.at:%Y-%m-%d %H:%M:%S}",
        letter.agent,
        letter.step,
        letter.reason,
        str(letter.run_id),
        letter.standing,
        letter.error or "",
    )
