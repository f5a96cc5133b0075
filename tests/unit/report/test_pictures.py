"""Pictures: drawn from what there is, the same bytes each time, with a text alternative and nothing active in them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from agents.contract import Coverage, CoverageState, Severity
from agents.report import overview, palette, pictures
from agents.report.canvas import canvas, write
from agents.report.measures import Part, Release, Week
from agents.report.overview import Standing
from agents.report.sparkline import sparkline
from agents.report.svg import ATTRIBUTES, ELEMENTS, Picture, inline, label

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
    assert picture.caption == "The 12 targets with the worst findings, of 20."


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
    picture = inline(figure, key="k", title="t", summary="s", labels=["told"])
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
