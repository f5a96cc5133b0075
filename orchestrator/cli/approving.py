"""Answering from the command line: the first answer counts, and a later one hears whose that was."""

import os
import pwd

import click

from agents.contract import APPROVE, REJECT, AskKind
from orchestrator.cli.exits import Exit
from orchestrator.cli.ledgering import ledger
from orchestrator.cli.people import answer_words, as_value, standing, words_of
from orchestrator.cli.tables import show_table
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.errors import RefusedAnswerError
from orchestrator.local.opening import is_unused
from orchestrator.oversight.answering import Answered, Fate, answer
from orchestrator.oversight.asked import Asked, AskedState, find_asked, list_all, list_open
from orchestrator.oversight.withheld import read_withheld
from orchestrator.settings import get_settings
from orchestrator.store.findings import read_artifact

_HEADINGS = ("approval", "what", "run", "question", "answers", "asked", "until", "state")


def show_all(*, everything: bool, as_json: bool) -> None:
    """Show what waits for an answer, or all that was ever asked."""
    rows: tuple[Asked, ...] = ()
    if not is_unused(get_settings()):
        with ledger() as engine, engine.connect() as conn:
            rows = list_all(conn) if everything else list_open(conn)
    if as_json:
        show_json([as_value(asked) for asked in rows])
        return
    show_table(_HEADINGS, map(_cells, rows), empty="nothing waits for an answer")


def show_one(name: str, *, as_json: bool) -> int:
    """Show one question with all that is known of it; return the exit code."""
    with ledger() as engine, engine.connect() as conn:
        asked = find_asked(conn, name)
    if as_json:
        show_json(as_value(asked))
    else:
        for line in words_of(asked):
            show(line)
    return Exit.OK


def show_report(name: str) -> int:
    """Show what an approval would let go out, on the screen alone; return the exit code."""
    with ledger() as engine, engine.connect() as conn:
        asked = find_asked(conn, name)
        withheld = read_withheld(conn, asked.run_id) if asked.run_id else None
        made = read_artifact(conn, asked.run_id, name="report.md") if asked.run_id else None
    if withheld and not (withheld.approval == asked.id and asked.state is AskedState.OPEN):
        say(f"{asked.id}: {withheld.words if withheld.approval != asked.id else 'too late; ' + _over(asked)}")
        return Exit.FAILED
    if made is None:
        say(f"{asked.id}: there is no report to it; `lookout approvals show {asked.id}` says what is asked")
        return Exit.FAILED
    click.echo(made[1], nl=not made[1].endswith("\n"))
    return Exit.OK


def approve(name: str, *, why: str, who: str | None, as_json: bool) -> int:
    """Say yes; return the exit code."""
    return reply(name, value=APPROVE, why=why, who=who, as_json=as_json, kind=AskKind.APPROVAL)


def reject(name: str, *, why: str, who: str | None, as_json: bool) -> int:
    """Say no; return the exit code."""
    return reply(name, value=REJECT, why=why, who=who, as_json=as_json, kind=AskKind.APPROVAL)


def reply(name: str, *, value: str, why: str, who: str | None, as_json: bool, kind: AskKind | None = None) -> int:
    """Answer a question, which has to be of a kind where one is given; return the exit code."""
    with ledger() as engine:
        with engine.connect() as conn:
            _require(find_asked(conn, name), kind)
        answered = answer(engine, name, value=value, who=who or this_user(), why=why)
    return _tell(answered, as_json=as_json)


def this_user() -> str:
    """Return the name of the user of this process, as the system knows it: no variable can say otherwise."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # containers run as users without a name
        return f"uid {os.getuid()}"


def _require(asked: Asked, kind: AskKind | None) -> None:
    """Refuse a yes or no to what is no yes-or-no question."""
    if kind is not None and asked.kind is not kind:
        fits = f"; one of: {', '.join(asked.choices)}" if asked.choices else ""
        raise RefusedAnswerError(
            f"{asked.id} is a {asked.kind}, no {kind}: answer it by `lookout approvals answer {asked.id} ANSWER`{fits}"
        )


def _tell(answered: Answered, *, as_json: bool) -> int:
    """Tell what became of an answer; return the exit code."""
    asked, taken = answered.asked, answered.fate is Fate.TAKEN
    if as_json:
        show_json({"taken": taken, **as_value(asked)})
    elif taken:
        show(f"{asked.id}: {asked.answer}")
    if not taken:
        say(f"{asked.id}: too late; {answer_words(asked) if asked.answered_at else _over(asked)}")
    return Exit.OK if taken else Exit.FAILED


def _over(asked: Asked) -> str:
    """Return why a question that nobody answered no longer waits."""
    return f"what asked is over: `lookout runs show {asked.run_id}` says what became of it"


def _cells(asked: Asked) -> tuple[str, ...]:
    """Return a question's cells."""
    return (
        asked.id,
        f"{asked.run_kind} {asked.subject}".strip() if asked.run_id else "the system",
        str(asked.run_id or "-"),
        asked.question,
        ", ".join(asked.choices) or "any text",
        f"{asked.asked_at:%Y-%m-%d %H:%M:%S}",
        f"{asked.until:%Y-%m-%d %H:%M:%S}" if asked.until else "-",
        standing(asked),
    )
