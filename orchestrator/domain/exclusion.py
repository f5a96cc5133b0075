"""Which steps must not run at the same time, whatever runs they belong to: two collections of one thing."""

from hashlib import sha256

from orchestrator.domain.plans import Step

COLLECT = "collect:"
"""How the capabilities begin that read a target and leave evidence."""
_LONGEST = 200
"""Characters of a key; an index entry has its limit, a path has none."""


def exclusive_key(step: Step, *, tenant: str) -> str | None:
    """Return the key that no two running steps may share; None for a step that may run beside any other.

    A collection excludes the same collection of the same target in every run of a tenant: the second would ask the
    source for what the first is just reading, and meet it at the cursor. Two kinds of collection of one target stay
    side by side, for they read different things; so do analyses, which only read what was collected.
    """
    if not step.target or not step.capability.startswith(COLLECT):
        return None
    key = f"{step.capability} {step.target} {tenant}"
    return key if len(key) <= _LONGEST else f"{key[:80]}~{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"
