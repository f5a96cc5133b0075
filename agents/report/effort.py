"""How far an action goes, told from the findings that it answers: the longest upgrade among them."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import JsonValue

from agents.analysis.actions import Action
from agents.report.bundle import Effort, ReportedFinding
from agents.report.measures import amount
from agents.report.wording import counted

EFFORTS = {
    "patch": Effort(size="small", words="a patch upgrade"),
    "minor": Effort(size="medium", words="a minor upgrade"),
    "major": Effort(size="large", words="a major upgrade, which may break what uses it"),
}
"""By the distance of an upgrade, the shortest first."""


def efforts(actions: Iterable[Action], *, findings: Iterable[ReportedFinding]) -> dict[str, Effort]:
    """Return the effort of each action, by its id, where one of its findings names an upgrade.

    What was made to do harm has none: taking it out is quickly done, and what it may have reached takes longer.
    """
    data = {finding.id: finding.data for finding in findings if finding.data.get("malicious") is not True}
    told = ((action.id, _farthest(data[key] for key in action.findings if key in data)) for action in actions)
    return {key: effort for key, effort in told if effort}


def _farthest(told: Iterable[Mapping[str, JsonValue]]) -> Effort | None:
    steps = [step for data in told for step in _steps(data)]
    far = next((name for name in reversed(EFFORTS) if any(step.get("distance") == name for step in steps)), None)
    if far is None:
        return None
    counts = [amount(step.get("releases")) or 0 for step in steps if step.get("distance") == far]
    on = f" ({counted(int(max(counts)), 'release')} on)" if max(counts) >= 1 else ""
    return EFFORTS[far].model_copy(update={"words": EFFORTS[far].words + on})


def _steps(data: Mapping[str, JsonValue]) -> Iterator[Mapping[str, JsonValue]]:
    """Yield the upgrades that a finding names, whether one (``upgrade``) or many (``fixed_in``)."""
    for name in ("upgrade", "fixed_in"):
        told = data.get(name)
        yield from (step for step in (told if isinstance(told, list | tuple) else [told]) if isinstance(step, Mapping))
