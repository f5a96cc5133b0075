"""What several sections of the Markdown form write alike."""

from collections.abc import Iterator

from agents.contract import CoverageState
from agents.report.bundle import ReportBundle
from agents.report.escape import code
from agents.report.wording import STATES, counted

CELL_LIMIT = 120


def rest(count: int, *, noun: str) -> Iterator[str]:
    """Yield that so many more are in the other forms; nothing for none."""
    if count > 0:
        yield ""
        yield f"And {counted(count, noun)}: see the HTML or JSON form."


def id_of(key: str) -> str:
    """Return the id behind a line, where there is one."""
    return f" {code(key)}" if key else ""


def state_of(state: CoverageState) -> str:
    """Return the answer's sign and word."""
    return f"{STATES[state].sign} {STATES[state].word}"


def labels_of(bundle: ReportBundle) -> dict[str, str]:
    """Return the targets' names by their ids."""
    return {section.id: section.label for section in bundle.targets}
