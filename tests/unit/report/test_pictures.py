"""Pictures: drawn from what there is, the same bytes each time, with a text alternative and nothing active in them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from pydantic import JsonValue

from agents.contract import Coverage, CoverageState, Severity
from agents.report import ageing, overview, palette, pictures, strips, timelines
from agents.report.bundle import ReportedFinding
from agents.report.canvas import canvas, write
from agents.report.measures import Part, Release, Week
from agents.report.overview import Standing
from agents.report.series import IssueWeek, Point
from agents.report.sparkline import sparkline
from agents.report.strips import Strip
from agents.report.svg import ATTRIBUTES, ELEMENTS, Picture, Table, inline, label
from agents.report.timelines import HealthLine

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PARTS = (
    Part(name="activity", share=0.9, weight=0.3, detail=""),
    Part(name="release_rhythm", share=0.5, weight=None, detail=""),
)
WEEKS = tuple(Week(begin=date(2026, 1, 5) + timedelta(weeks=at), commits=at % 5) for at in range(46))
RELEASES = tuple(
    Release(version=version, at=at, kind="minor")
    for version, at in (
        ("0.9", datetime(2025, 6, 1, tzinfo=UTC)),
        ("1.0", datetime(2026, 2, 1, tzinfo=UTC)),
        ("1.1", datetime(2026, 10, 1, tzinfo=UTC)),
        ("1.2 <b>", datetime(2026, 10, 4, tzinfo=UTC)),
    )
)
STANDINGS = tuple(
    Standing(label=f"target {at}", score=float(at * 9), severities={Severity.CRITICAL: at % 3, Severity.LOW: at})
    for at in range(10)
)


TABLE = Table(head=("Week",), rows=())
POINTS = tuple(Point(at=date(2026, 1, 5) + timedelta(weeks=4 * at), score=90.0 - 3 * at) for at in range(11))
LINES = tuple(HealthLine(label=f"line {at}", points=POINTS) for at in range(5))
ISSUES = tuple(IssueWeek(begin=date(2026, 1, 5) + timedelta(weeks=at), opened=at % 4, closed=at % 3) for at in range(9))
STRIPS_OF = tuple(Strip(label=f"strip {at}", releases=RELEASES, pattern="regular") for at in range(3))
TODAY = date(2026, 11, 23)


def flaw(severity: Severity, days: float | None, **told: JsonValue) -> ReportedFinding:
    """Return a known flaw that was published so many days before ``NOW``."""
    return ReportedFinding(
        id="f-1",
        kind="security.vulnerable_dependency",
        severity=severity,
        title="t",
        target="git:/a",
        target_label="a",
        confidence=1,
        since=None if days is None else NOW - timedelta(days=days),
        detail="",
        next_action="",
        evidence=(),
        coverage=(),
        agents=("security",),
        data=told,
    )


FLAWS = (
    flaw(Severity.CRITICAL, 1),
    flaw(Severity.CRITICAL, 3),
    flaw(Severity.LOW, 400),
    flaw(Severity.LOW, None),
)


def coverage(state: CoverageState) -> Coverage:
    return Coverage(source="git", subject="a", state=state)


def every_picture() -> Iterator[Picture]:
    drawn = (
        pictures.score_parts(PARTS, key="a"),
        pictures.commits_and_releases(WEEKS, releases=RELEASES, key="b"),
        pictures.exposure({Severity.CRITICAL: 2, Severity.HIGH: 0, Severity.LOW: 7}, key="c"),
        overview.coverage_strip([coverage(state) for state in CoverageState], key="d"),
        overview.ranking(STANDINGS, key="e"),
        overview.portfolio(STANDINGS, key="f"),
        timelines.health_lines(LINES, key="g"),
        timelines.health_lines(LINES[:1], key="h"),
        timelines.issues(ISSUES, key="i"),
        strips.release_strips(STRIPS_OF, now=TODAY, key="j"),
        ageing.exposure_by_age(FLAWS, now=NOW, key="l"),
    )
    for picture in drawn:
        assert picture is not None
        yield picture


def elements(picture: Picture) -> Iterator[ET.Element]:
    return ET.fromstring(picture.svg).iter()  # noqa: S314 - the picture is our own


def words(picture: Picture) -> list[str]:
    return [element.text or "" for element in elements(picture) if element.tag == "text"]


def test_the_same_figures_give_the_same_bytes() -> None:
    assert [picture.svg for picture in every_picture()] == [picture.svg for picture in every_picture()]


def test_every_picture_says_in_words_what_it_shows() -> None:
    for picture in every_picture():
        root, title, described, *_ = elements(picture)
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {described.get('id')}"
        assert (title.text, described.text) == (picture.title, picture.summary)
        assert picture.title
        assert picture.caption


def test_every_picture_has_its_figures_as_a_table() -> None:
    for picture in every_picture():
        assert picture.table.rows
        assert all(len(row) == len(picture.table.head) for row in picture.table.rows)


def test_nothing_in_a_picture_is_active_styled_inline_or_points_elsewhere() -> None:
    for picture in every_picture():
        for element in elements(picture):
            assert element.tag in ELEMENTS | {"title", "desc"}
            assert set(element.attrib) <= ATTRIBUTES | {"role", "aria-labelledby"}
            assert element.get("href", "#").startswith("#")
            for value in element.attrib.values():
                assert "url(" not in value or value.startswith("url(#")


def test_ids_are_each_pictures_own_and_every_reference_is_met() -> None:
    # Given
    found = [element for picture in every_picture() for element in elements(picture)]
    ids = [element.attrib["id"] for element in found if "id" in element.attrib]
    # When
    references = {
        value.removeprefix("url(").removesuffix(")").removeprefix("#")
        for element in found
        for name, value in element.attrib.items()
        if name in {"href", "clip-path"}
    }
    # Then
    assert len(ids) == len(set(ids))
    assert references <= set(ids)


def test_colours_come_from_the_style_sheet_alone() -> None:
    for picture in every_picture():
        for element in elements(picture):
            assert {element.get("fill", "none"), element.get("stroke", "none")} <= {"none", "#000000"}
        assert not any(colour in picture.svg for colour in palette.ROLES)


def test_a_strangers_text_is_shown_as_text() -> None:
    # Given
    nasty = "<script>alert(1)</script>$\\frac{"
    # When
    picture = overview.ranking([Standing(label=nasty, score=None, severities={Severity.HIGH: 1})], key="k")
    # Then
    assert picture is not None
    assert "<script" not in picture.svg
    assert words(picture)[0] == "<script>alert(1)</scr…"


def test_releases_outside_the_weeks_are_not_drawn_and_near_ones_share_a_label() -> None:
    picture = pictures.commits_and_releases(WEEKS, releases=RELEASES, key="k")
    assert picture is not None
    assert [word for word in words(picture) if word.startswith(("0.", "1."))] == ["1.2 <b>", "1.0"]
    assert picture.summary == (
        "90 commits in 46 weeks, at most 4 in one week (2 Feb 2026); 3 releases, the latest 1.2 <b> on 4 Oct 2026."
    )


def test_weeks_without_any_commit_or_release_are_a_picture_of_that() -> None:
    picture = pictures.commits_and_releases([Week(begin=date(2026, 1, 5), commits=0)], releases=(), key="k")
    assert picture is not None
    assert picture.summary == "0 commits in 1 week, at most 0 in one week (5 Jan 2026); 0 releases."


def test_where_there_is_nothing_to_draw_there_is_no_picture() -> None:
    clean = Standing(label="clean", score=None, severities={Severity.HIGH: 0})
    assert pictures.score_parts((), key="k") is None
    assert pictures.commits_and_releases((), releases=RELEASES, key="k") is None
    assert pictures.exposure({Severity.HIGH: 0}, key="k") is None
    assert overview.coverage_strip([], key="k") is None
    assert overview.ranking([clean], key="k") is None
    assert overview.portfolio([clean], key="k") is None
    assert timelines.health_lines((), key="k") is None
    assert timelines.issues((), key="k") is None
    assert strips.release_strips([Strip(label="none", releases=())], now=TODAY, key="k") is None
    assert ageing.exposure_by_age((), now=NOW, key="k") is None


def test_the_coverage_strip_tells_the_states_apart_by_sign_not_colour_alone() -> None:
    picture = overview.coverage_strip([coverage(state) for state in CoverageState], key="k")
    assert picture is not None
    assert words(picture) == ["● 1", "○ 1", "◐ 1", "⊘ 1", "✕ 1"]
    assert picture.summary == "1 complete, 1 zero, 1 partial, 1 not collected, 1 failed."


def test_a_narrow_part_of_the_strip_carries_no_count() -> None:
    rows = [coverage(CoverageState.COMPLETE)] * 30 + [coverage(CoverageState.FAILED)]
    picture = overview.coverage_strip(rows, key="k")
    assert picture is not None
    assert words(picture) == ["● 30"]


def test_the_ranking_says_how_many_there_are_in_all() -> None:
    many = [STANDINGS[5].model_copy(update={"label": f"t{at}"}) for at in range(20)]
    picture = overview.ranking(many, key="k")
    assert picture is not None
    assert picture.caption == (
        "The 12 targets with the worst findings, of 20 (c critical, h high, m medium, l low, i info)."
    )


def test_points_without_findings_are_drawn_and_names_keep_clear_of_other_points() -> None:
    # Given
    crowd = [Standing(label=f"t{at}", score=40.0 + at, severities={Severity.LOW: 5}) for at in range(4)]
    alone = Standing(label="alone", score=90.0, severities={})
    # When
    picture = overview.portfolio([*crowd, alone], key="k")
    # Then
    assert picture is not None
    assert {word for word in words(picture) if not word.isdigit()} == {
        "health score, of 100",
        "findings",
        "t3",
        "alone",
    }


def test_severities_in_a_ranking_are_told_by_letters_too() -> None:
    counts = {Severity.CRITICAL: 2, Severity.LOW: 1_200}
    picture = overview.ranking([Standing(label="a", score=None, severities=counts)], key="k")
    assert picture is not None
    assert words(picture) == ["a", "2c 1,200l"]


def test_points_of_different_severities_differ_in_shape() -> None:
    # Given
    standings = [Standing(label=f"t{at}", score=50, severities={each: 1}) for at, each in enumerate(Severity)]
    # When
    picture = overview.portfolio([*standings, Standing(label="none", score=90, severities={})], key="k")
    # Then
    assert picture is not None
    shapes = {element.get("d") for element in elements(picture) if element.tag == "path" and element.get("id")}
    assert len(shapes) >= 6
    assert "◆ critical, ▲ high, ■ medium, ● low, ▼ info, ✕ none" in picture.caption


def test_a_reference_that_leaves_the_picture_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    figure, axes = canvas(width=100, height=40, margins=(0, 0, 0, 0))
    write(axes, label(0), at=(0.5, 0.5))
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="x()" width="9">'
        '<script>x()</script><foreignObject/><image xlink:href="http://evil"/><use xlink:href="http://evil#a"/>'
        '<rect id="r" style="fill: url(http://evil); stroke: #010001; behavior: x" onclick="x()"/>'
        "<text>@0@</text></svg>"
    )
    monkeypatch.setattr(figure, "savefig", lambda sink, **_: sink.write(drawing))
    # When
    picture = inline(figure, key="k", title="t", summary="s", labels=["told"], table=TABLE)
    # Then
    assert [(element.tag, dict(element.attrib)) for element in elements(picture)][3:] == [
        ("use", {}),
        ("rect", {"id": "k-r", "class": "s-ink"}),
        ("text", {}),
    ]
    assert words(picture) == ["told"]


def test_a_spark_line_runs_from_left_to_right_within_its_box() -> None:
    assert sparkline([1]) == ""
    assert sparkline([0, 2, -1]) == "2.0,18.0 48.0,2.0 94.0,18.0"
    assert sparkline([0, 0]) == "2.0,18.0 94.0,18.0"


def test_drawing_twice_from_one_maker_is_no_surprise(make_coverage: Callable[..., Coverage]) -> None:
    rows = [make_coverage(CoverageState.PARTIAL)]
    assert overview.coverage_strip(rows, key="k") == overview.coverage_strip(rows, key="k")


def test_health_over_time_says_where_each_line_comes_from_and_goes() -> None:
    # Given
    dip = HealthLine(
        label="dip",
        points=(
            Point(at=date(2026, 1, 5), score=80),
            Point(at=date(2026, 3, 2), score=20),
            Point(at=date(2026, 5, 4), score=70),
        ),
    )
    # When
    one, many = (timelines.health_lines(lines, key="k") for lines in ([dip], [dip, *LINES]))
    # Then
    assert one is not None
    assert one.summary == "dip: 80 on 5 Jan 2026, 70 on 4 May 2026, 20 at the lowest."
    assert {"dip", "70"} <= set(words(one))
    assert not one.broad
    assert many is not None
    assert many.caption == "6 targets; 6 now lower than at the first point. The number is the last point."
    assert many.broad
    assert many.table.rows[0] == ("dip", "80 on 5 Jan 2026", "70 on 4 May 2026", "20", "80")


def test_many_health_lines_are_the_first_dozen_and_say_of_how_many() -> None:
    picture = timelines.health_lines(LINES * 4, key="k")
    assert picture is not None
    assert picture.caption.startswith("12 targets of 20, the worst;")
    assert len(picture.table.rows) == 12


@pytest.mark.parametrize(
    ("opened", "closed", "said"),
    [
        (4, 1, "4 issues opened and 1 closed in 1 week; 3 more opened than closed."),
        (1, 3, "1 issue opened and 3 closed in 1 week; 2 more closed than opened."),
        (2, 2, "2 issues opened and 2 closed in 1 week; as many as were closed."),
    ],
)
def test_issues_say_whether_they_pile_up(opened: int, closed: int, said: str) -> None:
    week = IssueWeek(begin=date(2026, 1, 5), opened=opened, closed=closed)
    picture = timelines.issues([week], key="k")
    assert picture is not None
    assert picture.summary == said
    assert {"opened ↑", "closed ↓"} <= set(words(picture))


def test_a_strip_draws_each_kind_of_release_in_its_own_way_and_names_only_what_is_there() -> None:
    # Given
    kinds = ("major", "pre", "patch", "odd")
    releases = tuple(
        Release(version=f"{at}.0", at=datetime(2026, 1 + at, 1, tzinfo=UTC), kind=kind) for at, kind in enumerate(kinds)
    )
    # When
    picture = strips.release_strips(
        [Strip(label="<b>", releases=releases, pattern="very_irregular_indeed")], now=TODAY, key="k"
    )
    # Then
    assert picture is not None
    assert picture.caption == "Releases of the last two years: ◆ major, • patch, ○ pre-release, ■ other."
    assert words(picture)[0] == "<b>"
    assert "very irregula…" in words(picture)
    assert picture.summary == "<b>: 4 releases, the latest 3.0 on 1 Apr 2026, very irregular indeed."
    # And a pre-release is hollow: filled with the paper's colour, not the ink's
    classes = [element.get("class", "") for element in elements(picture) if element.tag == "use"]
    assert sum("f-paper" in each for each in classes) == 1


def test_releases_of_long_ago_and_of_the_future_are_no_part_of_the_pattern() -> None:
    # Given
    moments = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC))
    releases = tuple(Release(version=str(at.year), at=at, kind="minor") for at in moments)
    # When
    picture = strips.release_strips([Strip(label="a", releases=releases)], now=TODAY, key="k")
    # Then
    assert picture is not None
    assert picture.table.rows == (("a", "1 minor", "2026, 1 Jun 2026", ""),)


def test_many_strips_are_the_first_and_say_of_how_many() -> None:
    picture = strips.release_strips(STRIPS_OF * 6, now=TODAY, key="k")
    assert picture is not None
    assert picture.caption.endswith("; the first 14 of 18 targets with releases.")


def test_exposure_is_counted_by_severity_and_age() -> None:
    picture = ageing.exposure_by_age(FLAWS, now=NOW, key="k")
    assert picture is not None
    assert picture.summary == "critical: 2 under 7 days; low: 1 older, 1 not known."
    assert picture.caption == "4 known flaws by how long ago it was published."
    assert picture.table.rows[0] == ("critical", "2", "0", "0", "0", "0", "0")
    assert {"critical", "low", "under 7 days", "not known"} <= set(words(picture))


@pytest.mark.parametrize(
    ("told", "age"),
    [
        ({"age_days": 8}, "under 30 days"),
        ({"published": "2026-11-20T00:00:00+00:00"}, "under 7 days"),
        ({"published": "some day", "age_days": "old"}, "under 90 days"),
    ],
)
def test_an_age_is_the_agents_else_counted_from_publication_else_from_the_beginning(
    told: dict[str, JsonValue], age: str
) -> None:
    assert ageing.age_of(flaw(Severity.LOW, 60, **told), now=NOW) == age


def test_what_is_exploited_is_counted_in_words() -> None:
    abused = flaw(Severity.HIGH, 1).model_copy(update={"exploited": True})
    picture = ageing.exposure_by_age([abused], now=NOW, key="k")
    assert picture is not None
    assert picture.caption == "1 known flaw by how long ago it was published; 1 of them known to be exploited."


def test_a_finding_without_an_age_is_no_exposure() -> None:
    alone = flaw(Severity.HIGH, 1).model_copy(update={"kind": "github.bus_factor"})
    assert not ageing.is_flaw(alone)
    assert ageing.is_flaw(alone.model_copy(update={"data": {"published": "2026-01-01"}}))
