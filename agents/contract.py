"""The one page of types that every agent speaks: what it is handed, and what it hands back.

An agent is a class with a ``spec`` and a ``run(work)``. It reads values, returns an ``AgentReport``, and touches
nothing else: no database, no broker, no other agent. Whatever came from outside is ``Untrusted`` text: data, never an
instruction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, NewType, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

Untrusted = NewType("Untrusted", str)
"""Text that a stranger wrote. It is escaped wherever it is shown and never decides a side effect."""


class Frozen(BaseModel):
    """A value: compared by content, never changed, and strict about names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CoverageState(StrEnum):
    """How much of a source was seen. Five different answers that must never be mixed up."""

    COMPLETE = "complete"
    ZERO = "zero"
    PARTIAL = "partial"
    NOT_COLLECTED = "not_collected"
    FAILED = "failed"


class Severity(StrEnum):
    """How bad a finding is. Order by ``rank``, not by name."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Position from 0 (info) to 4 (critical)."""
        return list(Severity).index(self)


class TargetKind(StrEnum):
    """What a watchlist entry points at."""

    GIT = "git"
    """A clone on this machine."""
    GITHUB = "github"
    """A repository on GitHub: ``owner/name``."""
    PACKAGE = "package"
    """A package of an ecosystem: ``pypi/name``, ``npm/@scope/name``."""
    SBOM = "sbom"
    """A lock file, a bill of materials, or a folder of them."""
    FEED = "feed"
    """An Atom or RSS feed, by its address."""
    ADVISORIES = "advisories"
    """What is known of flaws: a folder of OSV records, or one of the services ``osv`` and ``kev``."""


class Pool(StrEnum):
    """Which kind of worker an agent's steps belong on."""

    THREADS = "threads"
    """Steps that wait: on a disk, a server, a person."""
    PROCESSES = "processes"
    """Steps that compute."""


class Hybrid(StrEnum):
    """Whether a plain baseline stands behind the agents that look at a target."""

    OFF = "off"
    ON_FAILURE = "on_failure"
    """Where the agents failed, a plain reading gives a result all the same."""
    BOTH = "both"
    """Also where they did not: then it adds what they have not."""


Argument = Annotated[str, Field(max_length=4_096, pattern=r"^[^\x00]*$")]


class Target(Frozen):
    """One thing that is watched. ``id`` is ``KIND:location`` and is the same wherever the target is named."""

    kind: TargetKind
    location: str = Field(min_length=1)
    name: str = ""
    tier: str = "tools"
    look: tuple[str, ...] = ()
    max_age_seconds: Annotated[int, Field(gt=0)] = 86_400
    options: Mapping[str, JsonValue] = Field(default_factory=dict)
    hybrid: Hybrid = Field(default=Hybrid.OFF, exclude_if=lambda mode: mode is Hybrid.OFF)
    baseline_command: tuple[Argument, ...] = Field(default=(), max_length=64, exclude_if=lambda words: not words)
    """The user's own baseline: a program and its arguments, never a shell's line. It comes from a watchlist only."""

    @property
    def id(self) -> str:
        """The target's identity, e.g. ``git:/srv/clones/flask``."""
        return f"{self.kind}:{self.location}"

    @property
    def label(self) -> str:
        """What people call it: its name, else the last part of its location."""
        return self.name or self.location.rstrip("/").rsplit("/", 1)[-1] or self.location


class Evidence(Frozen):
    """One normalised fact from one source, with its provenance. ``id`` comes from its content's key alone."""

    target: str
    source: str
    """Which reader found it: ``git``, ``manifest``, ``osv``."""
    kind: str
    """What it is: ``commit``, ``tag``, ``change_note``, ``dependency``, ``advisory``."""
    key: str
    """The fact's natural key inside its source, e.g. a commit's hash."""
    at: AwareDatetime | None = None
    """When it happened in the world, not when it was read."""
    title: Untrusted = Untrusted("")
    data: Mapping[str, JsonValue] = Field(default_factory=dict)
    url: str = ""
    about: tuple[str, ...] = ()
    """What it can be looked up by among thousands of its kind, e.g. the packages that an advisory names."""

    @property
    def id(self) -> str:
        """Deterministic id: the same fact read twice has the same one."""
        return stable_id("ev", self.target, self.source, self.kind, self.key)


class Quarantined(Frozen):
    """An item that could not be read, kept with the reason so that a person can look at it."""

    target: str
    source: str
    key: str
    reason: str
    raw: str = Field(default="", max_length=4_000)


class Coverage(Frozen):
    """What was seen of one source for one subject, and as of when."""

    source: str
    subject: str
    """A target's id, or what the source was asked about."""
    state: CoverageState
    items: int = 0
    as_of: AwareDatetime | None = None
    """How fresh: the time of the look; None where nothing was looked at."""
    detail: str = ""
    """Why it is not complete, and what to do about it."""


class Recommendation(Frozen):
    """What a person should do next, most urgent first."""

    action: str
    why: str
    severity: Severity
    target: str
    finding: str = ""
    """Id of the finding that it answers."""


class Finding(Frozen):
    """One claim about one target, with its evidence and how sure we are. ``id`` comes from kind, target and claim."""

    kind: str
    """A dotted name: ``security.vulnerable_dependency``, ``github.bus_factor``."""
    target: str
    claim: str
    """The claim's canonical key within kind and target, e.g. an advisory's id and a package; never free prose."""
    severity: Severity
    confidence: Annotated[float, Field(ge=0, le=1)]
    title: str
    """What happened, in one line; may quote untrusted text, so it is escaped wherever it is shown."""
    detail: str = ""
    since: AwareDatetime | None = None
    """Since when it has been so, in the world."""
    evidence: tuple[str, ...] = ()
    """Ids of evidence rows, or natural keys where they are readable (hashes, advisory ids)."""
    coverage: tuple[Coverage, ...] = ()
    next_action: str = ""
    data: Mapping[str, JsonValue] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        """Deterministic id: the same claim found again is the same finding."""
        return stable_id("f", self.kind, self.target, self.claim)


class Artifact(Frozen):
    """A file that an agent made for people, e.g. the HTML report."""

    name: str
    media_type: str
    text: str


class Role(StrEnum):
    """What a report is in its run."""

    AGENT = "agent"
    IDLE = "idle"
    """A baseline's that there was no need of: it counts for nothing."""
    BESIDE = "beside"
    """A baseline's that adds to what the agents say; it makes nobody surer or less sure."""
    DEGRADED = "degraded"
    """A baseline's that stands in for agents that failed."""


class AgentReport(Frozen):
    """What one step hands back. Everything in it is committed in one transaction, or nothing is."""

    agent: str
    target: str = ""
    summary: str = ""
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    reasons: tuple[str, ...] = ()
    """Why the confidence is what it is."""
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    metrics: Mapping[str, JsonValue] = Field(default_factory=dict)
    """The agent's own figures, e.g. a health score with its parts."""
    evidence: tuple[Evidence, ...] = Field(default=(), repr=False)
    quarantined: tuple[Quarantined, ...] = Field(default=(), repr=False)
    cursors: Mapping[str, JsonValue] = Field(default_factory=dict)
    """Source name to how far it was read; committed together with the evidence it covers."""
    replaces: tuple[str, ...] = ()
    """Kinds of evidence for which this report is the whole truth about its target: what the store holds of the target
    and kind and this report does not name is gone from the world, and is deleted in the same transaction."""
    artifacts: tuple[Artifact, ...] = Field(default=(), repr=False)
    role: Role = Field(default=Role.AGENT, exclude_if=lambda role: role is Role.AGENT)


class AgentSpec(Frozen):
    """What the catalogue says of an agent: what it can do, what it needs, and its limits."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    capabilities: frozenset[str]
    """What it can be asked for: ``collect:git``, ``analyse:health``, ``report``."""
    target_kinds: frozenset[TargetKind] = frozenset()
    """Kinds of target it works on; empty for an agent that joins others' results."""
    reads: frozenset[str] = frozenset()
    """Kinds of evidence it reads; an agent whose kinds nobody collects would add nothing."""
    pool: Pool = Pool.PROCESSES
    soft_seconds: Annotated[float, Field(gt=0)] = 240.0
    hard_seconds: Annotated[float, Field(gt=0)] = 300.0
    max_failures: Annotated[int, Field(ge=1)] = 4
    memory_mb: int = 120
    fallbacks: tuple[str, ...] = ()
    """Names of agents that can stand in for it, best first."""

    @property
    def queue(self) -> str:
        """The Celery queue of this agent's ordinary steps."""
        return self.name


class EvidenceReader(Protocol):
    """Read access to what was collected, handed to an agent; implemented by the store and by a list in tests."""

    def read(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Iterator[Evidence]:
        """Yield evidence of the given targets and kinds (all where empty), ordered by target, kind, time and key.

        Where ``about`` is given, only what is about one of its subjects.
        """
        ...

    def count(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Mapping[str, int]:
        """Return how much ``read`` would yield of each target; a target without any is left out."""
        ...


class AskKind(StrEnum):
    """What a person is asked for."""

    APPROVAL = "approval"
    """A yes or no to something that would happen otherwise."""
    QUESTION = "question"
    """Something that only a person knows or decides."""


APPROVE, REJECT = "approve", "reject"
"""The two answers to an approval."""


class Question(Frozen):
    """What a step has to know from a person before it can give a result."""

    key: str = Field(min_length=1, max_length=200)
    """Unique within the step, and the same whenever the step comes to this point: its answer is found under it."""
    text: str = Field(min_length=1, max_length=4_000)
    """The question itself; may quote untrusted text, so it is escaped wherever it is shown."""
    kind: AskKind = AskKind.QUESTION
    choices: tuple[str, ...] = ()
    """What may be answered; empty: any text. An approval's are always ``approve`` and ``reject``."""
    default: str = ""
    """The answer where nobody gives one in time; an approval's is ``reject`` unless it says otherwise."""
    expires_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """How long to wait for an answer; None: as long as the run may take."""

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:  # noqa: ANN401  pydantic's own signature
        """Give an approval its two answers, and the one that is safe where nobody answers."""
        if isinstance(given, Mapping) and given.get("kind") == AskKind.APPROVAL:
            return {**given, "choices": (APPROVE, REJECT), "default": given.get("default") or REJECT}
        return given

    @model_validator(mode="after")
    def _fits(self) -> "Question":
        """Refuse a default that could not be answered, and an expiry after which nothing would be known."""
        if self.default and self.choices and self.default not in self.choices:
            raise ValueError(f"default is {self.default!r}, which is none of the choices: {', '.join(self.choices)}")
        if self.expires_seconds is not None and not self.default:
            raise ValueError("default is empty, and expires_seconds is given: say what holds where nobody answers")
        return self


class Answer(Frozen):
    """What was answered to a question, by whom, and why."""

    value: str
    who: str
    """A person's name, or ``nobody`` where the question's default holds."""
    why: str = ""
    at: AwareDatetime


class StopSignal(Protocol):
    """Tells a step that it must stop; the same shape as ``threading.Event``."""

    def is_set(self) -> bool:
        """Whether the step must stop now."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the signal, at most ``timeout`` seconds; True where it came."""
        ...


class Outside(Protocol):
    """The way to outside services as their operator set them up; implemented in agents/sources/http/access.py."""

    def open(self, stop: StopSignal) -> Any:  # noqa: ANN401  its client: this page knows no HTTP
        """Return a client for one look, which is left with ``with``."""
        ...


class Work(BaseModel):
    """Everything one step is handed."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    run_id: str
    step: str
    trigger_kind: str
    capability: str
    """Which of the agent's capabilities is asked for, e.g. ``collect:git``."""
    target: Target | None = None
    targets: tuple[Target, ...] = ()
    """Every target of the run: what joining agents cover."""
    sources: tuple[str, ...] = ()
    """Ids of other targets whose evidence this step may read, e.g. advisory folders for a lock file."""
    options: Mapping[str, JsonValue] = Field(default_factory=dict)
    now: AwareDatetime
    """The step's clock: fixed when the run was accepted, so that a replay gives the same findings."""
    cursors: Mapping[str, JsonValue] = Field(default_factory=dict)
    reports: tuple[AgentReport, ...] = ()
    """Reports of the steps before this one, for joining agents; in plan order."""
    missing: tuple[Coverage, ...] = ()
    """Steps before this one that gave nothing: coverage says whether they failed, timed out or were skipped."""
    answers: Mapping[str, Answer] = Field(default_factory=dict)
    """What people answered to this step's own questions, by the questions' keys."""
    evidence: Any = Field(repr=False, default=None)
    outside: Any = Field(repr=False, default=None)
    """Outside services as their operator set them up: for those who collect alone."""
    stop: Any = Field(repr=False, default=None)

    @property
    def reader(self) -> EvidenceReader:
        """The evidence that this step may read."""
        reader: EvidenceReader = self.evidence
        return reader

    @property
    def services(self) -> Outside:
        """The way to outside services."""
        outside: Outside = self.outside
        return outside

    @property
    def stop_signal(self) -> StopSignal:
        """Set when this step must stop."""
        signal: StopSignal = self.stop
        return signal


class Agent(Protocol):
    """What every agent is. Built without arguments; one instance serves many steps, so it keeps no state."""

    spec: AgentSpec

    def run(self, work: Work) -> AgentReport:
        """Do one step. Raises an ``AgentError`` (see errors.py for which of them are tried again)."""
        ...


def stable_id(prefix: str, *parts: str) -> str:
    """Return ``prefix-`` and 24 hex digits of a hash of the parts; no two different lists of parts share a text."""
    text = "\x1f".join(part.replace("\x1f", " ") for part in parts)
    return f"{prefix}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def utc(moment: datetime) -> datetime:
    """Return the moment in UTC; a naive one is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the highest of the severities; ``info`` where there are none."""
    return max(severities, key=lambda severity: severity.rank, default=Severity.INFO)
