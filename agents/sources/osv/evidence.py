"""An advisory as evidence: the same one, wherever its record came from."""

from agents.analysis.advisories.lookup import subjects_of
from agents.analysis.advisories.record import read_heading
from agents.contract import Evidence, Untrusted
from agents.sources.look import Look
from agents.sources.osv.record import Advisory

OSV = "osv"
"""What this evidence names as its source."""
KIND = "advisory"


def evidence_of(one: Advisory, *, look: Look) -> Evidence:
    """Return the evidence that a record is for the look's target; a withdrawn one is filed under nothing."""
    evidence = Evidence(
        target=look.target.id,
        source=OSV,
        kind=KIND,
        key=one.id,
        at=one.modified,
        title=Untrusted(one.title),
        data=one.data,
        url=one.url,
    )
    # The matching's own reading of the record says what it is about, so that what is filed is found again.
    return evidence.model_copy(update={"about": subjects_of(read_heading(evidence))})
