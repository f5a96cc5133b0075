"""What a user's command prints: one JSON document, checked against this page, and made a reading of its target."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationError

from agents.contract import CoverageState, Evidence, Finding, Frozen, Severity, Untrusted
from agents.sources.baseline.child import Command
from agents.sources.baseline.reading import KIND, Reading
from agents.sources.baseline.values import SHOWN_CHARACTERS, TEXT_LIMIT, Data, Key, Line, Share, Text, Time
from agents.sources.look import Look
from agents.sources.text import clean_json, clean_line

SOURCE = "baseline_command"
_SHOWN_FAULTS = 5


class GivenFinding(Frozen):
    """One claim. The same ``kind`` and ``claim`` as an agent's are the same finding: then the agent's stands."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=100)
    claim: Key
    severity: Severity
    title: Line
    confidence: Share = 0.5
    detail: Text = ""
    since: Time | None = None
    evidence: tuple[Key, ...] = Field(default=(), max_length=100)
    """Keys of the document's own evidence, or other natural keys, such as commits' hashes."""
    next_action: Text = ""
    data: Data = Field(default_factory=dict)


class GivenEvidence(Frozen):
    """One fact, under a key of its own."""

    key: Key
    title: Annotated[str, Field(max_length=500)] = ""
    at: Time | None = None
    url: Annotated[str, Field(max_length=2_000)] = ""
    data: Data = Field(default_factory=dict)


class Document(Frozen):
    """All that a command may say."""

    version: Literal[1] = 1
    summary: Line
    confidence: Share = 0.5
    findings: tuple[GivenFinding, ...] = Field(default=(), max_length=1_000)
    evidence: tuple[GivenEvidence, ...] = Field(default=(), max_length=10_000)
    metrics: Data = Field(default_factory=dict)


def read_command(command: Command, look: Look) -> Reading:
    """Return what a command says of a target. Raises ``CommandFailedError``, and ``StoppedError`` when told to stop."""
    document = parse(command.read(stop=look.stop), command=command)
    evidence = tuple({item.key: item for item in (_evidence(given, look=look) for given in document.evidence)}.values())
    ids = {item.key: item.id for item in evidence}
    findings = (_finding(given, look=look, ids=ids) for given in document.findings)
    return Reading(
        summary=clean_line(document.summary, limit=500),
        confidence=document.confidence,
        coverage=(look.coverage(SOURCE, CoverageState.COMPLETE, items=len(evidence) or len(document.findings)),),
        findings=tuple({finding.id: finding for finding in findings}.values()),
        evidence=evidence,
        metrics={"given": clean_json(document.metrics, limit=TEXT_LIMIT)},
    )


def parse(printed: bytes, *, command: Command) -> Document:
    """Return the document that a command printed. Raises ``CommandFailedError``, with each field, value and remedy."""
    try:
        value = json.loads(printed.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        begins = clean_line(printed[:SHOWN_CHARACTERS].decode("utf-8", "replace"), limit=SHOWN_CHARACTERS)
        why = clean_line(str(error), limit=SHOWN_CHARACTERS)
        raise command.failed(
            f"printed no JSON ({why}): standard output begins with {begins!r}; print one JSON document and nothing else"
        ) from error
    try:
        return Document.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        said = "; ".join(_fault(fault) for fault in faults[:_SHOWN_FAULTS])
        more = f"; and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        raise command.failed(
            f"printed what does not fit docs/watchlist.md: {said}{more}; mend what it prints"
        ) from None


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _fault(fault: Any) -> str:  # noqa: ANN401  pydantic's error details
    """Return one fault: field, value, and what it should be."""
    field = ".".join(str(part) for part in fault["loc"]) or "document"
    value = clean_line(repr(fault["input"])[: 2 * SHOWN_CHARACTERS], limit=SHOWN_CHARACTERS)
    return f"{clean_line(field, limit=SHOWN_CHARACTERS)}: {value}: {fault['msg']}"


def _evidence(given: GivenEvidence, *, look: Look) -> Evidence:
    return Evidence(
        target=look.target.id,
        source=SOURCE,
        kind=KIND,
        key=clean_line(given.key, limit=300),
        at=given.at,
        title=Untrusted(clean_line(given.title, limit=500)),
        data=_mapping(given.data),
        url=clean_line(given.url, limit=2_000),
    )


def _finding(given: GivenFinding, *, look: Look, ids: Mapping[str, str]) -> Finding:
    keys = [clean_line(key, limit=300) for key in given.evidence]
    return Finding(
        kind=given.kind,
        target=look.target.id,
        claim=clean_line(given.claim, limit=300),
        severity=given.severity,
        confidence=given.confidence,
        title=clean_line(given.title, limit=500),
        detail=clean_line(given.detail, limit=TEXT_LIMIT),
        since=given.since,
        evidence=tuple(ids.get(key, key) for key in keys),
        next_action=clean_line(given.next_action, limit=TEXT_LIMIT),
        data=_mapping(given.data),
    )


def _mapping(data: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    cleaned = clean_json(data, limit=TEXT_LIMIT)
    return cleaned if isinstance(cleaned, dict) else {}
