"""When to start again what died: a pure decision."""

from dataclasses import dataclass

MAX_DOUBLINGS = 60


@dataclass(frozen=True)
class RestartPolicy:
    """At once after a first death, then after ``first_seconds``, doubling up to ``longest_seconds``.

    Whoever ran for ``calm_seconds`` before it died starts with a clean slate.
    """

    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    calm_seconds: float = 60.0


@dataclass(frozen=True)
class Restart:
    """The decision: wait ``delay_seconds``; it has now died ``deaths`` times in a row."""

    deaths: int
    delay_seconds: float


def after_death(policy: RestartPolicy, *, deaths: int, ran_seconds: float) -> Restart:
    """Decide after a death of something that had died ``deaths`` times in a row before and ran for ``ran_seconds``."""
    now = 1 if ran_seconds >= policy.calm_seconds else deaths + 1
    if now == 1:
        return Restart(now, 0.0)
    doubled = policy.first_seconds * 2 ** min(now - 2, MAX_DOUBLINGS)
    return Restart(now, min(policy.longest_seconds, doubled))
