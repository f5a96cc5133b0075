"""Works to report on: a small one with all that a run can hold, and makers for others."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agents.contract import (
    AgentReport,
    Coverage,
    CoverageState,
    Evidence,
    Finding,
    Recommendation,
    Severity,
    Target,
    TargetKind,
    Untrusted,
    Work,
)

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FLASK = Target(kind=TargetKind.GIT, location="/clones/flask", tier="critical")
LOCK = Target(kind=TargetKind.SBOM, location="/app/uv.lock", name="app lock")
HISTORY: dict[str, Any] = {
    "score": 72.0,
    "parts": [
        {"name": "activity", "value": 0.9, "weight": 0.3, "detail": "busy"},
        {"name": "release_rhythm", "value": 0.5, "weight": 0.25, "detail": "slower"},
    ],
    "weekly_commits": [
        {"week": (date(2025, 11, 24) + timedelta(weeks=at)).isoformat(), "commits": at % 7} for at in range(52)
    ],
    "releases": [
        {"version": "3.1.0", "at": "2026-03-01T00:00:00+00:00", "kind": "minor"},
        {"version": "4.0.0", "at": "2026-11-02T00:00:00+00:00", "kind": "major"},
    ],
    "authors": [{"name": "Ada", "share": 0.6}],
    "bus_factor": 1,
}


@pytest.fixture(scope="session", autouse=True)
def _font_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Matplotlib's cache of fonts goes where every test's files go, not into somebody's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))
        yield


def finding(**told: Any) -> Finding:  # noqa: ANN401 - any field of a finding
    """Return a finding; what is not told has a plain value."""
    plain = {
        "kind": "security.vulnerable_dependency",
        "target": LOCK.id,
        "claim": "PYSEC-1/urllib3",
        "severity": Severity.HIGH,
        "confidence": 0.9,
        "title": "urllib3 1.26.4 leaks credentials",
    }
    return Finding.model_validate({**plain, **told})


def coverage(state: CoverageState, **told: Any) -> Coverage:  # noqa: ANN401 - any field of a row
    """Return a row of coverage, seen an hour ago where it was seen."""
    looked = state is not CoverageState.NOT_COLLECTED
    as_of = NOW - timedelta(hours=1) if looked else None
    plain = {"source": "git", "subject": FLASK.id, "state": state, "as_of": as_of}
    return Coverage.model_validate({**plain, **told})


def work(*reports: AgentReport, **told: Any) -> Work:  # noqa: ANN401 - any field of a work
    """Return a reporting step's work on the two targets."""
    plain = {
        "run_id": "run-1",
        "step": "reporting",
        "trigger_kind": "schedule",
        "capability": "report",
        "targets": (FLASK, LOCK),
        "now": NOW,
        "reports": reports,
    }
    return Work.model_validate({**plain, **told})


@pytest.fixture
def whole_work() -> Work:
    """Return a run with findings, a health score, every state of coverage and a step that gave nothing."""
    leak = finding(
        since=NOW - timedelta(days=3),
        evidence=("PYSEC-1", "cafe1234"),
        detail="In use: 1.26.4.\nFixed: 1.26.18.",
        next_action="Upgrade urllib3 to 1.26.18",
        coverage=(coverage(CoverageState.COMPLETE, source="osv", subject="advisories:/osv", items=310),),
    )
    alone = finding(
        kind="github.bus_factor",
        target=FLASK.id,
        claim="bus_factor",
        severity=Severity.MEDIUM,
        title="One person wrote 84 % of last year's commits",
    )
    advice = Recommendation(
        action="Upgrade urllib3 to 1.26.18", why=leak.title, severity=Severity.HIGH, target=LOCK.id, finding=leak.id
    )
    record = Evidence(
        target="advisories:/osv",
        source="osv",
        kind="advisory",
        key="PYSEC-1",
        at=NOW,
        title=Untrusted("Leak on redirect"),
    )
    return work(
        AgentReport(
            agent="data_manager",
            target=FLASK.id,
            summary="310 items",
            coverage=(
                coverage(CoverageState.PARTIAL, items=90, detail="shallow clone: run git fetch --unshallow"),
                coverage(CoverageState.ZERO, source="git:notes"),
                coverage(CoverageState.FAILED, source="manifest", detail="uv.lock does not parse"),
                coverage(CoverageState.COMPLETE, source="git:tags", items=12),
            ),
            evidence=(record,),
        ),
        AgentReport(
            agent="github",
            target=FLASK.id,
            summary="Slower than a year ago",
            confidence=0.8,
            reasons=("only 8 months of history",),
            findings=(alone,),
            metrics=HISTORY,
        ),
        AgentReport(
            agent="security",
            target=LOCK.id,
            summary="1 known flaw",
            findings=(leak,),
            recommendations=(advice,),
            coverage=(
                coverage(CoverageState.NOT_COLLECTED, source="osv", subject=LOCK.id, detail="add advisories: F"),
            ),
            metrics={"dependencies": 42, "checked": 40, "by_severity": {"high": 1, "low": 0}, "clean": False},
        ),
        missing=(coverage(CoverageState.FAILED, source="security", detail="timed out"),),
        options={
            "trigger": {"label": "every 6 hours"},
            "plan_notes": ["nobody can do analyse:mood: left out"],
            "watchlist": "platform.yaml",
        },
    )


@pytest.fixture
def make_finding() -> Callable[..., Finding]:
    """Return the maker of findings."""
    return finding


@pytest.fixture
def make_coverage() -> Callable[..., Coverage]:
    """Return the maker of coverage."""
    return coverage


@pytest.fixture
def make_work() -> Callable[..., Work]:
    """Return the maker of works."""
    return work
