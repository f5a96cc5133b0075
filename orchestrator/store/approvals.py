"""What people are asked: written down with the step that waits for it, and read by the step once it is answered."""

import secrets
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, text

from agents.contract import Answer, AskKind, Question
from orchestrator.store.documents import clean_text

_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
"""What people can tell apart when they read an id aloud: neither 0 and o, nor 1, i and l, nor u and v."""
_LENGTH = 6
HOLD = "hold"
"""The key of the question whether a run's result may go out; others about a run as a whole outlive it."""
_LONGEST = 1_000

_ASK = text("""
    INSERT INTO approvals (id, tenant, run_id, step, key, kind, question, choices, default_answer, expires_at)
    SELECT :id, r.tenant, r.id, :step, :key, :kind, :question, :choices, :default,
           now() + make_interval(secs => :expires)
    FROM runs r WHERE r.id = :run
    ON CONFLICT DO NOTHING
    RETURNING id
""")
"""Ask something in the name of a run; no row where the id is taken, or the step has asked the same before."""

_ASKED = text("SELECT EXISTS (SELECT FROM approvals WHERE run_id = :run AND step = :step AND key = :key)")
"""Whether a step has asked something before."""

_ANSWERS = text("""
    SELECT key, answer, who, why, answered_at FROM approvals
    WHERE run_id = :run AND step = :step AND answered_at IS NOT NULL
""")
"""What people answered to a step."""


def ask(conn: Connection, question: Question, *, run_id: UUID, step: str = "") -> str | None:
    """Write a question down, inside the caller's transaction; return its id, which is short enough to type.

    None where the step has asked the same before. ``step`` is empty for what is asked about the run as a whole. The
    clock of an expiry is the database's.
    """
    row = {
        "run": run_id,
        "step": step,
        "key": clean_text(question.key),
        "kind": question.kind,
        "question": clean_text(question.text),
        "choices": [clean_text(choice) for choice in question.choices],
        "default": clean_text(question.default),
        "expires": question.expires_seconds,
    }
    while not conn.execute(_ASKED, row).scalar_one():
        name = new_name()
        if conn.execute(_ASK, {**row, "id": name}).one_or_none() is not None:
            return name
    return None


def may_go_out(result: str) -> Question:
    """Return the question whether a run's result, which is held, may go out."""
    return Question(key=HOLD, kind=AskKind.APPROVAL, text=f"may this result go out? {result}"[:_LONGEST])


def new_name() -> str:
    """Return an id that a person can type; some 700 million there are, and one that is taken is refused."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def read_answers(conn: Connection, run_id: UUID, *, step: str) -> Mapping[str, Answer]:
    """Return what people answered to a step, by the keys of its questions."""
    rows = conn.execute(_ANSWERS, {"run": run_id, "step": step})
    return {row.key: Answer(value=row.answer, who=row.who, why=row.why or "", at=row.answered_at) for row in rows}
