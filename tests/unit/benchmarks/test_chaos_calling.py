"""What stands in a submitter's journal of a call that was answered, one that was refused, and one that was not."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from benchmarks.chaos.calling import submitted
from benchmarks.chaos.casting import Casting
from benchmarks.chaos.company import Company
from benchmarks.chaos.harness import journal_of
from benchmarks.chaos.journal import ACCEPTED, ASKED, LEFT, REFUSED, RELAYED, SENT, Journal
from orchestrator.domain.runs import RunState
from orchestrator.ledger.submit import Accepted

RUN = Accepted(UUID(int=7), state=RunState.RUNNING, deadline_at=datetime(2026, 1, 1, tzinfo=UTC), fresh=True)


def refuse() -> Accepted:
    raise OperationalError("SELECT", {}, ConnectionError("server closed the connection"))


def end() -> Accepted:
    raise SystemExit("as where the process is killed")


def test_an_answer_stands_behind_its_question_and_has_its_beginning(tmp_path: Path) -> None:
    # Given
    journal = Journal(tmp_path / "journal.jsonl")

    # When
    answers = [
        submitted(journal, lambda: RUN, number=1, way=SENT),
        submitted(journal, refuse, number=2, way=LEFT),
    ]

    # Then
    lines = list(journal.lines(ASKED, ACCEPTED, REFUSED))
    assert answers == [True, False]
    assert [(one["what"], one["number"], one["way"]) for one in lines] == [
        (ASKED, 1, SENT),
        (ACCEPTED, 1, SENT),
        (ASKED, 2, LEFT),
        (REFUSED, 2, LEFT),
    ]
    assert lines[0]["began"] == lines[1]["began"] < lines[2]["began"] == lines[3]["began"]
    assert (lines[1]["run"], lines[1]["fresh"]) == (str(UUID(int=7)), True)
    assert "server closed" in lines[3]["error"]


def test_a_call_that_never_comes_back_is_seen_by_what_was_noted_before_it(tmp_path: Path) -> None:
    # Given
    journal = Journal(tmp_path / "journal.jsonl")

    # When
    with pytest.raises(SystemExit):
        submitted(journal, end, number=3, way=SENT)

    # Then
    last = journal.last()
    assert last is not None
    assert (last["what"], last["number"], last["way"]) == (ASKED, 3, SENT)


def test_the_harness_reads_the_calls_that_never_came_back(tmp_path: Path) -> None:
    # Given
    relay = Casting(folder=tmp_path, logs=tmp_path, env={}).relay(module="nothing.is.started")
    journal = Journal(tmp_path / "relay.jsonl")
    for what in (ASKED, RELAYED, REFUSED, ASKED, ACCEPTED, ASKED):
        journal.note(what)

    # When
    lines = journal_of(Company((relay,)))

    # Then
    assert [line["what"] for line in lines] == [ASKED, REFUSED, ASKED, ACCEPTED, ASKED]
