"""How sure a whole run is: the agents' own confidences, none above what its agent saw, weighted by what it said.

The method, in full:

* a report counts with ``min(own confidence, share of its sources that was seen)``: nobody can be surer than what it
  saw, and an agent that already lowered its confidence for a gap is not punished twice;
* its weight is ``1 + log2(1 + findings)``: who says more counts more, but a flood of findings drowns nobody;
* a step that gave nothing counts as a report of weight 1 with confidence 0;
* the weighted mean is then lowered by a fifth of the share of jointly judged targets on which agents disagree.

It is a weighted linear opinion pool (Stone, "The opinion pool", 1961), chosen because it is monotone and every part of
it can be shown to a reader.
"""

from collections.abc import Sequence
from math import fsum, log2

from agents.analysis.agreement import Agreement
from agents.analysis.coverage import merge_coverage, seen_share
from agents.analysis.ordering import canonical
from agents.contract import AgentReport, Coverage, Frozen

DISAGREEMENT_COST = 0.2


class Share(Frozen):
    """How one step counted: ``counted`` is its own confidence, cut to what it saw. All from 0 to 1, but the weight."""

    agent: str
    target: str
    own: float
    seen: float
    counted: float
    weight: float


class Confidence(Frozen):
    """The overall confidence from 0 to 1, and how each step that gave a report counted."""

    value: float
    shares: tuple[Share, ...]


def overall_confidence(
    reports: Sequence[AgentReport], *, missing: Sequence[Coverage] = (), agreements: Sequence[Agreement] = ()
) -> Confidence:
    """Return the confidence of the whole run, 0 where there are no reports; ``missing`` are steps that gave none."""
    shares = tuple(sorted((_share(report) for report in reports), key=canonical))
    if not shares:
        return Confidence(value=0.0, shares=())
    total = fsum(share.weight for share in shares) + len(missing)
    mean = fsum(share.weight * share.counted for share in shares) / total
    value = mean * (1 - DISAGREEMENT_COST * _share_apart(agreements))
    return Confidence(value=round(min(max(value, 0.0), 1.0), 4), shares=shares)


def _share(report: AgentReport) -> Share:
    seen = seen_share(merge_coverage(report.coverage))
    return Share(
        agent=report.agent,
        target=report.target,
        own=round(report.confidence, 4),
        seen=round(seen, 4),
        counted=round(min(report.confidence, seen), 4),
        weight=round(1 + log2(1 + len({finding.id for finding in report.findings})), 4),
    )


def _share_apart(agreements: Sequence[Agreement]) -> float:
    return sum(not agreement.agrees for agreement in agreements) / len(agreements) if agreements else 0.0
