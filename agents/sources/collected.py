"""What one reader of one source hands back: evidence with the coverage and the cursor that belong to it."""

from dataclasses import dataclass
from hashlib import sha256

from pydantic import JsonValue

from agents.contract import Coverage, Evidence, Quarantined

RAW_LIMIT = 2_000
"""Characters of an unreadable item that are kept for a person to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The outcome of one look at one source. ``cursor`` covers exactly the evidence beside it and what came before."""

    source: str
    coverage: tuple[Coverage, ...]
    evidence: tuple[Evidence, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    cursor: JsonValue = None
    """How far the source was read; None where the next look must start afresh or nothing changed."""
    replaces: tuple[str, ...] = ()
    """Kinds of evidence of which nothing but the evidence here is true any more."""
    replay: str = ""
    """What was played, where the source was a server of recordings and not the world."""


def digest(*parts: str | bytes) -> str:
    """Return a hash of the parts in their order; two different lists of parts have two different hashes."""
    whole = sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(len(content).to_bytes(8, "big") + content)
    return whole.hexdigest()
