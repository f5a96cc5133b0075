"""The documentation says what the code does: its figures are read back and compared."""

import re
from pathlib import Path

import pytest

from agents.analysis.health import case, contributors, parts, people_findings, releases, score, seen, sureness, trend
from agents.analysis.health.findings import SEVERITIES

PAGE = (Path(__file__).parents[4] / "docs" / "health-score.md").read_text("utf-8")


def test_the_parts_and_weights_are_those_of_the_table() -> None:
    # Given the table of parts
    told = {name: float(weight) for name, weight in re.findall(r"^\| `(\w+)` \| (0\.\d\d) \|", PAGE, re.MULTILINE)}
    # Then it is the code's
    assert told == score.WEIGHTS


def test_the_bands_begin_where_the_table_says_and_have_its_severities() -> None:
    # Given the table of bands
    told = re.findall(r"^\| (?:(\d+) and above|below 30) \| `(\w+)` \| (\w+) \|", PAGE, re.MULTILINE)
    # Then floors and severities are the code's
    assert [(float(floor or 0), band, severity) for floor, band, severity in told] == [
        (floor, band.value, SEVERITIES[band].value) for floor, band in score.FLOORS
    ]


@pytest.mark.parametrize(
    "words",
    [
        f"{parts.RECENCY_SHARE} \N{MULTIPLICATION SIGN} recency",
        f"{parts.SPREAD_SHARE} \N{MULTIPLICATION SIGN} spread",
        f"log2({parts.WELL_SPREAD})",
        f"1 up to {parts.FRESH_DAYS:.0f} days",
        f"less {parts.SURPRISE_COST} for each",
        f"less than {parts.MIN_SEEN_DAYS} days were seen",
        f"at least {releases.MIN_DUE_DAYS:.0f} days, at most {releases.MAX_DUE_DAYS:.0f}",
        f"the last {releases.RECENT_INTERVALS} intervals",
        f"no commit by people for {people_findings.QUIET_DAYS} days",
        f"at least {people_findings.FEWEST_COMMITS} commits",
        f"at least {contributors.REGULAR_COMMITS} commits and {contributors.REGULAR_SHARE:.0%}".replace("%", " %"),
        f"{sureness.MOST} at most",
        f"{seen.EARLIER_FACTOR} where the latest collection failed",
        f"{seen.STALE_FACTOR} where the look is",
        f"{seen.PARTIAL_FACTOR} for a partial history",
        f"{seen.UNSAID_FACTOR} where nobody said",
        f"at {trend.ALPHA:.0%}".replace("%", " %"),
        f"tier `{case.RAISED_TIER}` raises every severity by one, up to {case.HIGHEST}",
    ],
)
def test_every_figure_of_the_page_is_the_codes(words: str) -> None:
    assert words in " ".join(PAGE.split())


def test_every_kind_of_finding_is_on_the_page() -> None:
    # Given the code's kinds
    folder = Path(case.__file__).parent
    source = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*findings.py")))
    kinds = set(re.findall(r"case\.finding\(\s+\"(\w+)\"", source)) | {"breaking_change", "deprecation"}
    # Then the page has a row for each, and no other
    assert {f"github.{kind}" for kind in kinds} == set(re.findall(r"^\| `(github\.\w+)`", PAGE, re.MULTILINE))
