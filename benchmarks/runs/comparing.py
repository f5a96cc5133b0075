"""What rounds say together: medians and spread, ratios to each peer, and whether the goals are reached."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.stand.statistics import spread

Figures = Mapping[str, Any]
CELERY_FACTOR = 1.5
FLAT = 1.1
"""A cost a step that grows by less than this from 10 to 1,000 is called flat."""
PEERS = ("dbos", "procrastinate", "langgraph")


def together(rounds: Sequence[Figures]) -> dict[str, Any]:
    """Return the median of each number over the rounds, with the spread of the main ones."""
    middle: dict[str, Any] = _middle(rounds)
    middle["runs_per_second_spread"] = spread([one["noop"]["runs_per_second"] for one in rounds])
    middle["p50_spread"] = spread([one["noop_alone"]["p50_ms"] for one in rounds])
    middle["cost_per_step_ms"] = {width: round(ms / (int(width) + 1), 3) for width, ms in middle["fan_out"].items()}
    return middle


def ratios(ours: Figures, theirs: Figures) -> dict[str, Any]:
    """Return our figures over theirs: rates above 1 are better, times below 1."""
    return {
        "runs_per_second": _over(ours["noop"]["runs_per_second"], theirs["noop"]["runs_per_second"]),
        "p50_alone": _over(ours["noop_alone"]["p50_ms"], theirs["noop_alone"]["p50_ms"]),
        "waiting_runs_per_second": _over(ours["waiting"]["runs_per_second"], theirs["waiting"]["runs_per_second"]),
        "waiting_p50_alone": _over(ours["waiting_alone"]["p50_ms"], theirs["waiting_alone"]["p50_ms"]),
        "fan_out": {
            width: _over(ours["fan_out"][width], theirs["fan_out"][width])
            for width in ours["fan_out"]
            if width in theirs["fan_out"]
        },
    }


def goals(systems: Mapping[str, Figures]) -> dict[str, bool]:
    """Return which goals are reached, among those that can be judged by what was measured."""
    ours = systems.get("lookout")
    if ours is None:
        return {}
    found: dict[str, bool] = {}
    if "celery" in systems:
        raw = ratios(ours, systems["celery"])
        found[f"no-op runs a second at least {CELERY_FACTOR} x raw Celery's"] = raw["runs_per_second"] >= CELERY_FACTOR
        found["waiting runs a second no fewer than raw Celery's"] = raw["waiting_runs_per_second"] >= 1
        found["one run at low load no slower than raw Celery's"] = raw["p50_alone"] <= 1
    for peer in PEERS[:2]:
        if peer in systems:
            found[f"more no-op runs a second than {peer}"] = ratios(ours, systems[peer])["runs_per_second"] > 1
    widest = max(ours["fan_out"], key=int, default="")
    for peer in ("celery", *PEERS):
        if peer in systems and widest in systems[peer]["fan_out"]:
            name = f"fan-out of {widest} in less time than {peer}"
            found[name] = ratios(ours, systems[peer])["fan_out"][widest] < 1
    found["cost per step flat or falling"] = _flat(ours["cost_per_step_ms"])
    return found


def _flat(costs: Mapping[str, float]) -> bool:
    """Whether a step in the widest fan costs no more than one in the narrowest."""
    widths = sorted(costs, key=int)
    return not widths or costs[widths[-1]] <= costs[widths[0]] * FLAT


def _over(mine: float, other: float) -> float:
    return round(mine / other, 3) if other else 0.0


def _middle(values: Sequence[Any]) -> Any:  # noqa: ANN401  a JSON value
    """Return JSON values put together: medians of numbers, member by member; else the last."""
    last = values[-1]
    if isinstance(last, Mapping):
        return {name: _middle([value[name] for value in values if name in value]) for name in last}
    if isinstance(last, int | float) and not isinstance(last, bool):
        return round(median(values), 3)
    return last
