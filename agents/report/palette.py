"""Colours by role. Pictures are drawn with one made-up colour a role; ``svg`` swaps it for a class of the style sheet.

So one and the same picture reads in light, in dark and on paper: the style sheet decides what ``ink`` looks like.
"""

from agents.contract import CoverageState, Severity

INK = "#010001"
MUTED = "#010002"
LINE = "#010003"
TRACK = "#010004"
ACCENT = "#010005"
PAPER = "#010006"

SEVERITY = {
    Severity.CRITICAL: "#010011",
    Severity.HIGH: "#010012",
    Severity.MEDIUM: "#010013",
    Severity.LOW: "#010014",
    Severity.INFO: "#010015",
}
STATE = {
    CoverageState.FAILED: "#010021",
    CoverageState.NOT_COLLECTED: "#010022",
    CoverageState.PARTIAL: "#010023",
    CoverageState.ZERO: "#010024",
    CoverageState.COMPLETE: "#010025",
}

ROLES = {
    INK: "ink",
    MUTED: "muted",
    LINE: "line",
    TRACK: "track",
    ACCENT: "accent",
    PAPER: "paper",
    **{colour: f"sev-{severity.value}" for severity, colour in SEVERITY.items()},
    **{colour: f"cov-{state.value}" for state, colour in STATE.items()},
}
"""From the colour drawn to the role: fills get the class ``f-ROLE``, strokes ``s-ROLE``."""
