"""What an agent hands back, held against the contract before anybody builds on it.

Pydantic checks what is built the usual way; a report can still be none at all, or be copied with values that nobody
checked. Such a report fails the step, as an error of its own agent, and not the worker that would write it down.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pydantic import ValidationError

from agents.contract import (
    Agent,
    AgentReport,
    Artifact,
    Coverage,
    Evidence,
    Finding,
    Frozen,
    Quarantined,
    Recommendation,
    Work,
)
from agents.errors import InvalidReportError

_SHOWN_FAULTS = 3
_SHOWN_CHARACTERS = 80
_PARTS: Mapping[str, type[Frozen]] = MappingProxyType(
    {
        "findings": Finding,
        "recommendations": Recommendation,
        "coverage": Coverage,
        "evidence": Evidence,
        "quarantined": Quarantined,
        "artifacts": Artifact,
    }
)


class Validated:
    """An agent whose reports are checked."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.spec = agent.spec

    def run(self, work: Work) -> AgentReport:
        """Do one step. Raises what the agent raises, and ``InvalidReportError`` for a report that is none."""
        return check_report(self._agent.run(work), agent=self.spec.name)


def check_report(report: object, *, agent: str) -> AgentReport:
    """Return the report as it is. Raises ``InvalidReportError`` naming agent, field, value and remedy.

    Its own fields and its findings are checked again; evidence, of which there may be very much, by its type.
    """
    if not isinstance(report, AgentReport):
        raise InvalidReportError(
            f"agent {agent}: run() gave {_shown(report)}, a {type(report).__name__}; it must return an AgentReport"
        )
    faults = [*_strange(report)] or [*_faults(AgentReport, report, at="report")]
    for number, finding in enumerate(report.findings if not faults else ()):
        faults += _faults(Finding, finding, at=f"report.findings[{number}]")
    if faults:
        more = f"; and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        raise InvalidReportError(f"agent {agent}: {'; '.join(faults[:_SHOWN_FAULTS])}{more}; see agents/contract.py")
    return report


def _strange(report: AgentReport) -> Iterator[str]:
    """Yield what stands in a report's lists and is none of their kind: pydantic would take a mapping for one."""
    for name, kind in _PARTS.items():
        parts = getattr(report, name, ())
        for number, part in enumerate(parts if isinstance(parts, tuple) else ()):
            if not isinstance(part, kind):
                yield f"report.{name}[{number}]: {_shown(part)}: Input should be an instance of {kind.__name__}"


def _faults(kind: type[Frozen], value: Frozen, *, at: str) -> Iterator[str]:
    """Yield what is wrong with a value's own fields."""
    try:
        kind.model_validate(dict(value))
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            field = ".".join((at, *(str(part) for part in fault["loc"])))
            yield f"{field}: {_shown(fault['input'])}: {fault['msg']}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
