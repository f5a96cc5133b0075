"""Asking a person about an action that the band leaves to one. It waits as a row: it holds no worker and no slot."""

from sqlalchemy import Connection

from orchestrator.response import statements
from orchestrator.response.proposing import Proposal
from orchestrator.response.wording import deed_words
from orchestrator.store.approvals import new_name
from orchestrator.store.documents import clean_text


def ask_person(conn: Connection, proposal: Proposal, *, tenant: str, expires_seconds: float) -> str:
    """Write the question down with the action that waits for it; return its id."""
    finding = proposal.finding
    question = (
        f"{deed_words(proposal.kind, proposal.parameters)}, as rule {proposal.rule!r} says, since {finding.severity} "
        f"{finding.kind} was found on {finding.target}: {finding.title}? {proposal.why}."
    )
    row = {"tenant": tenant, "id": proposal.id, "question": clean_text(question)[:4_000], "expires": expires_seconds}
    asked = None
    while asked is None:
        name = new_name()
        asked = conn.execute(statements.ASK_PERSON, {**row, "approval": name}).one_or_none()
    conn.execute(statements.NOTE_APPROVAL, {"tenant": tenant, "id": proposal.id, "approval": name})
    return name
