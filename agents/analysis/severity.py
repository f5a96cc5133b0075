"""How bad a flaw is: CVSS vectors scored by Red Hat's ``cvss`` library, else the database's own word.

Of several ratings the best kind counts: CVSS 4, 3, 2, then a word; of several of the same kind the highest. Where
nothing can be read the severity is medium, and the reasons say so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.contract import Severity, worst

KINDS = ("CVSS_V2", "CVSS_V3", "CVSS_V4")
"""Worst kind first."""
WORDS = {
    "none": Severity.INFO,
    "info": Severity.INFO,
    "informational": Severity.INFO,
    "negligible": Severity.INFO,
    "unimportant": Severity.INFO,
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
UNKNOWN = Severity.MEDIUM


@dataclass(frozen=True)
class Score:
    """One vector's base score, from 0 to 10."""

    kind: str
    """One of KINDS, by what the vector is, not by what the record calls it."""
    value: float
    severity: Severity
    vector: str


@dataclass(frozen=True)
class Assessment:
    """A severity, and where it comes from."""

    severity: Severity
    source: str
    """One of KINDS, ``database``, ``malicious`` or ``unknown``."""
    score: float | None = None
    vector: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def guessed(self) -> bool:
        """Whether nothing said how bad it is."""
        return self.source == "unknown"


def score_vector(vector: str) -> Score | None:
    """Return the score of a CVSS vector of version 2.0, 3.0, 3.1 or 4.0; None where it is none."""
    from cvss import CVSS2, CVSS3, CVSS4  # noqa: PLC0415  only needed once something was matched
    from cvss.exceptions import CVSSError  # noqa: PLC0415  the same

    text = vector.strip()
    try:
        if text.startswith("CVSS:4"):
            scored = CVSS4(text)
            return Score("CVSS_V4", float(scored.base_score), WORDS[scored.severity.lower()], text)
        kind, read = ("CVSS_V3", CVSS3) if text.startswith("CVSS:3") else ("CVSS_V2", CVSS2)
        scored = read(text)
        return Score(kind, float(scored.scores()[0]), WORDS[scored.severities()[0].lower()], text)
    except CVSSError:
        return None


def assess(severity: Iterable[tuple[str, str]], *, labels: Sequence[str] = (), malicious: bool = False) -> Assessment:
    """Return the severity of a flaw.

    ``severity`` are OSV's (type, score) pairs of all its records, ``labels`` the databases' own words. A malicious
    package is critical whatever else is said.
    """
    if malicious:
        return Assessment(Severity.CRITICAL, "malicious", reasons=("the package itself was made to do harm",))
    pairs = list(severity)
    scores = [score for _, vector in pairs if (score := score_vector(vector))]
    if scores:
        best = max(scores, key=lambda score: (KINDS.index(score.kind), score.value, score.vector))
        return Assessment(best.severity, best.kind, best.value, best.vector)
    words = [*labels, *(value for kind, value in pairs if not kind.upper().startswith("CVSS"))]
    known = [WORDS[word.strip().lower()] for word in words if word.strip().lower() in WORDS]
    if known:
        return Assessment(worst(known), "database", reasons=("no CVSS vector: the database's own word is used",))
    unread = " that can be read" if pairs or words else ""
    return Assessment(UNKNOWN, "unknown", reasons=(f"no severity{unread} in any record: medium is assumed",))
