"""What a report says, as values: the one source of its JSON, Markdown and HTML, so that all three hold the same ids.

Every text in a bundle has passed ``escape``: control characters are gone before any of the doors opens.
"""

import json
from collections.abc import Mapping

from pydantic import AwareDatetime, Field, JsonValue

from agents.analysis.synthesis import Synthesis
from agents.contract import Coverage, Frozen, Role, Severity, TargetKind
from agents.report.escape import cleaned
from agents.report.joined import PatternNote, TierNote

SCHEMA = "lookout.report"
SCHEMA_VERSION = 1
"""Raised when a field is taken away or changes its meaning; a field that is added does not raise it."""


class TriggerNote(Frozen):
    """What set the run off: its kind, and what it said of itself."""

    kind: str
    label: str = ""
    details: Mapping[str, JsonValue] = {}


class EvidenceNote(Frozen):
    """One piece of a finding's evidence: its id or natural key, and the fact itself where the run still holds it."""

    key: str
    """As the finding names it."""
    id: str = ""
    """The evidence's own id where the fact is known, else one made from what names it: the same in all three forms."""
    kind: str = ""
    title: str = ""
    at: AwareDatetime | None = None
    source: str = ""
    """Which reader found it; empty where the run no longer holds it."""
    target: str = ""
    """Where it was found, e.g. a folder of advisories."""
    natural: str = ""
    """The fact's own key inside its source, e.g. a commit's hash."""
    url: str = ""
    """A page about it, fit to be a link (see ``address``); empty where none is known or it is unfit."""


class Moved(Frozen):
    """A finding that the earlier run had as well, with another severity."""

    finding: str
    was: Severity
    now: Severity


class Gone(Frozen):
    """A finding that the earlier run had and this one has not."""

    id: str
    title: str
    severity: Severity
    target: str
    target_label: str
    looked: bool
    """Whether its target was seen in full this time: else it may be there still."""


class Comparison(Frozen):
    """What differs from the run before this one. New, worse and better ones are findings of this report, by id."""

    run_id: str
    at: AwareDatetime | None
    new: tuple[str, ...]
    worse: tuple[Moved, ...]
    better: tuple[Moved, ...]
    gone: tuple[Gone, ...]
    same: int
    """How many findings are as they were."""


class ReportedFinding(Frozen):
    """One finding as it is shown: what happened, since when, evidence, confidence, what to do next."""

    id: str
    kind: str
    severity: Severity
    title: str
    target: str
    target_label: str
    confidence: float
    since: AwareDatetime | None
    detail: str
    next_action: str
    evidence: tuple[EvidenceNote, ...]
    coverage: tuple[Coverage, ...]
    agents: tuple[str, ...]
    data: Mapping[str, JsonValue]
    exploited: bool = False
    """Whether its agent says that it is being exploited."""
    evidence_left: int = 0
    """How many more pieces it names than a report holds."""


class Effort(Frozen):
    """How far it is to where an action leads."""

    size: str
    """``small``, ``medium`` or ``large``."""
    words: str
    """What it consists of, e.g. ``a minor upgrade``."""


class AgentNote(Frozen):
    """What one agent handed in for one target, or for all of them where ``target`` is empty."""

    agent: str
    target: str
    summary: str
    confidence: float
    reasons: tuple[str, ...]
    findings: int
    metrics: Mapping[str, JsonValue]
    role: Role = Field(default=Role.AGENT, exclude_if=lambda role: role is Role.AGENT)
    """``degraded`` where a plain baseline stands in for agents that failed, ``beside`` where it adds to them."""


class TargetSection(Frozen):
    """All that is known of one target. ``severity`` is the worst of its findings, None where it has none."""

    id: str
    label: str
    kind: TargetKind | None
    tier: str
    severity: Severity | None
    severities: Mapping[Severity, int]
    findings: tuple[str, ...]
    """Ids, worst first."""
    coverage: tuple[Coverage, ...]
    agents: tuple[AgentNote, ...]


class Change(Frozen):
    """Something that is new within the last days before the run."""

    at: AwareDatetime
    target: str
    target_label: str
    text: str
    severity: Severity | None = None
    finding: str = ""
    """The finding's id, where the change is one."""


class ReportBundle(Frozen):
    """The whole report. Lists are in the order in which people should read them, worst first."""

    report: str = SCHEMA
    schema_version: int = SCHEMA_VERSION
    run_id: str
    title: str
    as_of: AwareDatetime
    """The run's own clock, not the time of writing: the same run gives the same report."""
    trigger: TriggerNote
    replay: str = ""
    """What is replayed, where the run reads recordings and not the world; empty where it does not."""
    synthesis: Synthesis
    efforts: Mapping[str, Effort] = {}
    """How far an action goes, by the action's id, where its findings tell."""
    since_last: Comparison | None = None
    """What differs from the run before; None where there is none to compare with."""
    changes: tuple[Change, ...]
    findings: tuple[ReportedFinding, ...]
    targets: tuple[TargetSection, ...]
    tiers: tuple[TierNote, ...] = ()
    """The tiers as wholes, most important first; empty where nothing has a score."""
    patterns: PatternNote | None = None
    """What releases have in common; None where fewer than two targets tell of theirs."""
    across: tuple[AgentNote, ...]
    """What agents said that belongs to no single target."""
    missing: tuple[Coverage, ...]
    plan_notes: tuple[str, ...]


def as_json(bundle: ReportBundle) -> str:
    """Return the bundle as JSON, ending in a line break; same bundle, same bytes."""
    return json.dumps(bundle.model_dump(mode="json"), ensure_ascii=False, allow_nan=False) + "\n"


def safe(bundle: ReportBundle) -> ReportBundle:
    """Return the bundle with every text in it made safe to show (see ``escape``)."""
    return ReportBundle.model_validate(cleaned(bundle.model_dump(mode="json")))
