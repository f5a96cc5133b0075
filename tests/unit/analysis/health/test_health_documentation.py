"""The documentation says what the code does: its figures are read back and compared."""

import re
from pathlib import Path

import pytest

from agents.analysis.health import (
    alarms,
    case,
    contributors,
    critical,
    forge_parts,
    issue_findings,
    issues,
    over_time,
    parts,
    people_findings,
    pulls,
    releases,
    score,
    seen,
    sureness,
    trend,
    wave,
)
from agents.analysis.health.findings import SEVERITIES

PAGE = (Path(__file__).parents[4] / "docs" / "health-score.md").read_text("utf-8")


def test_the_parts_and_weights_are_those_of_the_table() -> None:
    # Given the table of parts
    told = {name: float(weight) for name, weight in re.findall(r"^\| `(\w+)` \| (0\.\d\d) \|", PAGE, re.MULTILINE)}
    # Then it is the code's
    assert told == score.WEIGHTS


def test_the_forges_parts_and_weights_are_those_of_their_table() -> None:
    told = {name: float(weight) for name, weight in re.findall(r"^\| `(\w+)` \| \+(0\.\d\d) \|", PAGE, re.MULTILINE)}
    assert told == score.FORGE_WEIGHTS


def test_the_alarms_are_those_of_their_table() -> None:
    # Given the table of tiers
    row = r"^\| `(\w+)` \| ([\d.]+) \| (\d+) days \| (\d+) points \| (\d+) \|"
    told = {
        tier: alarms.Alarm(wave=float(wave), unanswered_days=int(days), fall=float(fall), below=float(below))
        for tier, wave, days, fall, below in re.findall(row, PAGE, re.MULTILINE)
    }
    # Then it is the code's
    assert told == alarms.ALARMS


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
        f"Issues: 1 up to {forge_parts.ISSUE_DAYS[0]:.0f} days, 0 from {forge_parts.ISSUE_DAYS[1]:.0f}",
        f"1 up to {forge_parts.PULL_DAYS[0]:.0f} days, 0 from {forge_parts.PULL_DAYS[1]:.0f}",
        f"its own advisories of the last {forge_parts.ADVISORY_DAYS} days",
        f"or where fewer than {forge_parts.FEWEST_OPENED} were opened",
        f"every {over_time.STEP_DAYS} days for a year (`health_over_time`: {over_time.POINTS} points at most",
        f"over {over_time.FALL_STEPS * over_time.STEP_DAYS} days, over the parts",
        f"up to {wave.MAX_WEEKS} that were seen and at least {wave.MIN_WEEKS}",
        f"{wave.MAD_TO_DEVIATION} \N{MULTIPLICATION SIGN} MAD",
        f"A wave is at least {wave.FEWEST} issues",
        f"names up to {issue_findings.MAX_LISTED} of the issues",
        f"one point from {critical.MUCH} comments and reactions, two from {critical.VERY_MUCH}",
        f"opened than closed in {issues.WINDOW_DAYS} days",
        f"at least {issue_findings.FEWEST_STALE} open pull requests, and half of them all",
        f"have not moved for {pulls.STALE_DAYS} days",
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
