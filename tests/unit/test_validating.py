"""What an agent hands back is held against the contract before anybody builds on it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.contract import AgentReport, AgentSpec, Evidence, Finding, Severity, Work
from agents.errors import InvalidReportError
from agents.validating import Validated, check_report

WORK = Work(run_id="r", step="s", trigger_kind="monitor", capability="c", now=datetime(2026, 11, 21, tzinfo=UTC))
FINDING = Finding(kind="k", target="t", claim="c", severity=Severity.LOW, confidence=0.5, title="t")
REPORT = AgentReport(
    agent="odd",
    target="t",
    findings=(FINDING,),
    evidence=(Evidence(target="t", source="s", kind="k", key="k", at=datetime(2026, 1, 1, tzinfo=UTC)),),
    metrics={"score": 1.5, "parts": [{"name": "a", "value": None}]},
)
NONSENSE = REPORT.model_copy(update=dict.fromkeys(("agent", "target", "summary", "confidence", "reasons"), 5))


class Odd:
    """An agent that hands back what it was told to."""

    spec = AgentSpec(name="odd", title="Odd", capabilities=frozenset({"c"}))

    def __init__(self, given: Any) -> None:  # noqa: ANN401  anything at all
        self._given = given

    def run(self, work: Work) -> AgentReport:
        assert work is WORK
        given: AgentReport = self._given
        return given


def test_a_valid_report_is_handed_on_as_it_is() -> None:
    agent = Validated(Odd(REPORT))
    assert agent.run(WORK) is REPORT
    assert agent.spec is Odd.spec


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, r"agent odd: run\(\) gave None, a NoneType; it must return an AgentReport"),
        ({"agent": "odd"}, r"agent odd: run\(\) gave {'agent': 'odd'}, a dict"),
        (
            REPORT.model_copy(update={"confidence": 7}),
            r"report\.confidence: 7: Input should be less than or equal to 1",
        ),
        (REPORT.model_copy(update={"findings": ({"kind": "k"},)}), r"report\.findings\[0\]: .*instance of Finding"),
        (REPORT.model_copy(update={"coverage": None}), r"report\.coverage: None: Input should be a valid tuple"),
        (
            REPORT.model_copy(update={"findings": (FINDING.model_copy(update={"confidence": -1}),)}),
            r"report\.findings\[0\]\.confidence: -1: .*; see agents/contract\.py",
        ),
        (NONSENSE, "; and .* more; see"),
    ],
)
def test_what_is_no_report_fails_the_step_with_field_and_value(given: object, said: str) -> None:
    with pytest.raises(InvalidReportError, match=said):
        Validated(Odd(given)).run(WORK)


def test_a_long_value_is_shown_by_its_beginning() -> None:
    with pytest.raises(InvalidReportError, match="x…, a str; it must"):
        check_report("x" * 1_000, agent="odd")
