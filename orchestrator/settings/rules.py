"""What must hold between settings: each may be right by itself and wrong beside another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """``shorter`` times ``times`` must not exceed ``longer``, and why."""

    shorter: str
    longer: str
    times: int
    why: str


RULES = (
    Rule("webhook_seconds", "action_lease_seconds", 2, "or an action that is under way is taken for lost"),
    Rule("band_checkpoint", "band_logged", 1, "or no confidence would pass a second look"),
    Rule("band_logged", "band_autonomous", 1, "or none would act and be logged"),
    Rule("heartbeat_seconds", "lease_seconds", 2, "or a single late heartbeat loses a step that is being worked on"),
    Rule("beat_interval_seconds", "beat_lease_seconds", 2, "or a scheduler that is alive is replaced"),
    Rule("retry_backoff_seconds", "retry_backoff_max_seconds", 1, "or the first wait exceeds the longest"),
    Rule(
        "migration_lock_timeout_seconds",
        "migration_statement_timeout_seconds",
        1,
        "or waiting for the lock uses it all up",
    ),
    Rule("lock_timeout_seconds", "statement_timeout_seconds", 1, "or waiting for the lock uses it all up"),
)


def broken(values: Mapping[str, float]) -> Iterator[str]:
    """Yield a sentence for each rule that the values break."""
    for rule in RULES:
        shorter, longer = values[rule.shorter], values[rule.longer]
        if shorter * rule.times > longer:
            at_least = f"{rule.times} times " if rule.times > 1 else ""
            yield (
                f"{rule.longer} is {longer:g}, but must be at least {at_least}{rule.shorter}, which is {shorter:g}, "
                f"{rule.why}: raise {rule.longer}, or lower {rule.shorter}"
            )
