"""What a command prints becomes a reading, or an error that says what to mend."""

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contract import CoverageState, Severity, Target, TargetKind
from agents.sources.baseline.child import Command, CommandFailedError
from agents.sources.baseline.output import Document, parse, read_command
from agents.sources.look import Look

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TARGET = Target(kind=TargetKind.GIT, location="/srv/flask")
COMMAND = Command(words=("baseline", "--brief"), about={}, seconds=1)


def printing(text: str, folder: Path) -> Command:
    """Return a command that prints a text."""
    file = folder / "printed"
    file.write_text(text)
    code = f"import pathlib; print(pathlib.Path({str(file)!r}).read_text())"
    return Command(words=(sys.executable, "-c", code), about={}, seconds=20)


def look() -> Look:
    return Look(target=TARGET, now=NOW, stop=threading.Event())


def test_a_whole_document_becomes_a_reading_of_its_target(tmp_path: Path) -> None:
    # Given a command that says all that can be said
    found = {
        "kind": "mine.old",
        "claim": "old/1",
        "severity": "high",
        "title": "Too\nold \x1b[31m",
        "confidence": 1,
        "detail": "d",
        "since": "2026-01-01T00:00:00Z",
        "evidence": ["fact", "abc123"],
        "next_action": "mend it",
        "data": {"n": 1},
    }
    fact = {"key": "fact", "title": "a fact", "at": "2026-01-01T00:00:00Z", "url": "https://example.org", "data": {}}
    document = {"version": 1, "summary": "seen", "confidence": 0.7, "findings": [found, found], "evidence": [fact]}
    # When it is read
    reading = read_command(printing(json.dumps({**document, "metrics": {"a": 1}}), tmp_path), look())
    # Then each is there once, about the target, with its evidence by id and its text made safe
    (finding,) = reading.findings
    (evidence,) = reading.evidence
    assert (finding.target, finding.severity, finding.title) == (TARGET.id, Severity.HIGH, "Too old")
    assert finding.evidence == (evidence.id, "abc123")
    assert (evidence.source, evidence.kind, evidence.target) == ("baseline_command", "baseline", TARGET.id)
    assert (reading.summary, reading.confidence, reading.metrics) == ("seen", 0.7, {"given": {"a": 1}})
    assert [(row.source, row.state, row.items) for row in reading.coverage] == [
        ("baseline_command", CoverageState.COMPLETE, 1)
    ]


def test_the_years_that_are_kept_are_kept_in_every_zone(tmp_path: Path) -> None:
    # Given the first and the last times that are taken, when they are read, then they are there as they were given
    times = ["1970-01-01T00:00:00+14:00", "9998-12-31T23:59:59-12:00"]
    document = {"summary": "seen", "evidence": [{"key": at, "at": at} for at in times]}
    reading = read_command(printing(json.dumps(document), tmp_path), look())
    assert [fact.at for fact in reading.evidence] == [datetime.fromisoformat(at) for at in times]


def test_a_summary_is_enough() -> None:
    assert parse(b'{"summary": "all is well"}', command=COMMAND) == Document(summary="all is well")


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (b"", "printed no JSON .*begins with ''; print one JSON document and nothing else"),
        (b"Traceback ...", "printed no JSON .*begins with 'Traceback ...'"),
        (b"\xff\xfe", "printed no JSON"),
        (b'{"summary": "x", "confidence": NaN}', "NaN is no JSON number"),
        (b"[" * 200_000, "printed no JSON"),
        (b'{"summary": "x"} {}', "printed no JSON"),
        (b"[]", "document: \\[\\]: Input should be"),
        (b"{}", "summary: {}: Field required; mend what it prints"),
        (b'{"summary": ""}', "summary: '': String should have at least 1 character"),
        (b'{"summary": "x", "sumary": 1}', "sumary: 1: Extra inputs are not permitted"),
        (b'{"summary": "x", "version": 2}', "version: 2: Input should be 1"),
        (b'{"summary": "x", "confidence": 1e999}', "confidence: inf: Input should be less than or equal to 1"),
        (
            b'{"summary": "x", "findings": [{"kind": "a", "claim": "b", "severity": "bad", "title": "t"}]}',
            "findings.0.severity: 'bad': Input should be 'info', 'low', 'medium', 'high' or 'critical'; mend",
        ),
        (b'{"summary": "x", "findings": [{"kind": "A b"}]}', "findings.0.kind: 'A b': String should match pattern"),
        (b'{"summary": "x", "evidence": [{"key": "k", "at": "2026-01-01T00:00:00"}]}', "evidence.0.at: .*timezone"),
        (
            b'{"summary": " \\u0000\\u001b[31m"}',
            "summary: .*: holds blanks and control characters only; write some words",
        ),
        (b'{"summary": "x", "findings": [{"title": "\\u200e "}]}', "findings.0.title: .*: holds blanks and control"),
        (b'{"summary": "x", "findings": [{"claim": "\\n"}]}', "findings.0.claim: .*: holds blanks and control"),
        (
            b'{"summary": "x", "findings": [{"evidence": [" "]}]}',
            "findings.0.evidence.0: ' ': holds blanks and control",
        ),
        (b'{"summary": "x", "evidence": [{"key": "\\u007f"}]}', "evidence.0.key: .*: holds blanks and control"),
        (
            b'{"summary": "x", "findings": [{"kind": "a", "claim": "b", "severity": "low", "title": "t", "since": 5}]}',
            "findings.0.since: 5: is no time of ISO 8601; write one such as '2026-01-31T12:00:00Z'",
        ),
        (
            b'{"summary": "x", "evidence": [{"key": "k", "at": "1700000000"}]}',
            "evidence.0.at: '17.*: is no time of ISO",
        ),
        (
            b'{"summary": "x", "evidence": [{"key": "k", "at": "0001-01-01T00:00:00+14:00"}]}',
            "evidence.0.at: '0001-.*: lies outside the years 1970 to 9998; correct it, or leave it out",
        ),
        (
            b'{"summary": "x", "evidence": [{"key": "k", "at": "9999-12-31T23:59:59-14:00"}]}',
            "evidence.0.at: .*years 1970",
        ),
        (
            b'{"summary": "x", "metrics": {"a": [1, {"b}": 1e999}]}}',
            "metrics: .*: a.1.b} is beyond all numbers; write a",
        ),
        (
            b'{"summary": "x", "evidence": [{"key": "k", "data": {"n": -1e999}}]}',
            "evidence.0.data: .*: n is beyond all",
        ),
        (b'{"summary": "x", "evidence": [{}, {}, {}, {}, {}, {}, {}]}', "; and 2 more; mend"),
    ],
)
def test_what_does_not_fit_is_said_with_field_value_and_remedy(printed: bytes, said: str) -> None:
    with pytest.raises(CommandFailedError, match=said) as caught:
        parse(printed, command=COMMAND)
    assert str(caught.value).startswith("baseline_command: 'baseline --brief' printed ")
    assert len(str(caught.value)) < 2_000


@given(st.binary(max_size=200) | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["summary", "findings", "evidence", "metrics", "kind"]), inner)).map(lambda value: json.dumps(value).encode()))  # fmt: skip  # noqa: E501  one strategy
def test_whatever_is_printed_gives_a_document_or_that_one_error(printed: bytes) -> None:
    said = ""
    try:
        said = parse(printed, command=COMMAND).summary
    except CommandFailedError as error:
        said = str(error)
    assert said
