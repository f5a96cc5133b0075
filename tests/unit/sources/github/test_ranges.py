"""Version ranges as people type them become OSV's events, or are said to be unreadable: never a guess."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.advisories.matching import Outcome, judge_entry
from agents.analysis.advisories.record import read_affected
from agents.sources.github.ranges import Versions, read_versions


def flat(versions: Versions) -> list[str]:
    """Return the events of all ranges as texts."""
    told: Any = versions.ranges
    return [" ".join(f"{kind}:{version}" for event in one["events"] for kind, version in event.items()) for one in told]


@pytest.mark.parametrize(
    ("written", "patched", "ecosystem", "events"),
    [
        (">= 1.0, < 2.3", "2.3", "PyPI", ["introduced:1.0 fixed:2.3"]),
        ("< 3", "", "PyPI", ["introduced:0 fixed:3"]),
        ("<3", "4", "PyPI", ["introduced:0 fixed:3"]),
        ("< 2.0,>= 1.0", "2.0", "PyPI", ["introduced:1.0 fixed:2.0"]),
        ("<= 1.10.2", "1.10.3", "npm", ["introduced:0 fixed:1.10.3"]),
        ("<= 1.10.2", "", "npm", ["introduced:0 last_affected:1.10.2"]),
        ("<= 1.10.2", "None", "npm", ["introduced:0 last_affected:1.10.2"]),
        ("<= 1.10.2", "1.9.9", "npm", ["introduced:0 last_affected:1.10.2"]),
        ("<= 1.10.2", "1.9.9, 1.10.4, 2.0.1", "npm", ["introduced:0 fixed:1.10.4"]),
        ("<= 1.0", ">= 1.1", "PyPI", ["introduced:0 fixed:1.1"]),
        ("<= 1.0", "1.1+", "PyPI", ["introduced:0 fixed:1.1"]),
        ("<= 1.0", "not a version!, v1.1", "PyPI", ["introduced:0 fixed:1.1"]),
        ("<= what-1", "1.1", "PyPI", []),
        ("<= 1.0.b.d", "1.1", "PyPI", ["introduced:0 last_affected:1.0.b.d"]),
        ("= 2.0.0", "2.0.1", "npm", ["introduced:2.0.0 fixed:2.0.1"]),
        ("> 2.1.0, < 3.0.0", "3.0.0", "npm", ["introduced:2.1.1-0 fixed:3.0.0"]),
        ("> 2.1.0-rc.1, < 3.0.0", "3.0.0", "npm", ["introduced:2.1.0-rc.1.0 fixed:3.0.0"]),
        ("> 2.1, < 3", "", "PyPI", ["introduced:2.1 fixed:3"]),
        ("> 0", "", "Maven", ["introduced:0"]),
        ("> 0", "1.5", "Maven", ["introduced:0 fixed:1.5"]),
        (">= 0", "", "Maven", ["introduced:0"]),
        (">= 1.0.2", "1.0.5", "npm", ["introduced:1.0.2 fixed:1.0.5"]),
        (">= 1.0.2", "", "npm", ["introduced:1.0.2"]),
        ("All", "", "Maven", ["introduced:0"]),
        ("all versions", "3.0", "Maven", ["introduced:0 fixed:3.0"]),
        ("*", "1.1, 2.1", "Maven", ["introduced:0"]),
        ("<=v7.0.4", "", "npm", ["introduced:0 last_affected:7.0.4"]),
        ("< v2.2.11.RELEASE", "v2.2.11.RELEASE", "Maven", ["introduced:0 fixed:2.2.11.RELEASE"]),
        (">= 1.0, < 1.2 || >= 2.0, < 2.1", "", "npm", ["introduced:1.0 fixed:1.2", "introduced:2.0 fixed:2.1"]),
    ],
)
def test_a_range_becomes_events(written: str, patched: str, ecosystem: str, events: list[str]) -> None:
    assert flat(read_versions(written, patched=patched, ecosystem=ecosystem)) == events


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("= 1.2", ["1.2"]),
        ("3.16", ["3.16"]),
        ("== 1.2", ["1.2"]),
        ("1.0, 1.1", ["1.0", "1.1"]),
        ("= 1 || = 3", ["1", "3"]),
    ],
)
def test_single_versions_are_listed(written: str, listed: list[str]) -> None:
    found = read_versions(written, patched="", ecosystem="PyPI")
    assert (list(found.listed), found.ranges, found.dirt) == (listed, (), ())


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12.0.0 < 13.0.0",
        "0.6<, < 3.0.0",
        "see below",
        ">= 1, >= 2",
        "< 1, <= 2",
        "= 1, < 2",
        "< x",
        "<> 1",
        "~1",
        ",",
    ],
)
def test_what_cannot_be_read_is_not_guessed_at(written: str) -> None:
    # Given a range that says nothing that can be relied on
    found = read_versions(written, patched="13.0.0", ecosystem="Maven")
    assert (found.ranges, found.listed) == ((), ())
    assert found.dirt == (f"the affected versions {written.strip()!r} cannot be read",)
    # Then no version is judged by it
    entry = read_affected({"package": {"ecosystem": "Maven", "name": "a:b"}, "ranges": [], "versions": []})
    assert entry is not None
    assert judge_entry(entry, "12.5.0").outcome is Outcome.UNKNOWN


def test_a_part_that_cannot_be_read_takes_the_others_not_with_it() -> None:
    found = read_versions("< 1.0 || soon", patched="", ecosystem="PyPI")
    assert flat(found) == ["introduced:0 fixed:1.0"]
    assert found.dirt == ("the affected versions 'soon' cannot be read",)


def test_what_comes_first_after_a_version_is_known_of_semantic_ones_alone() -> None:
    assert read_versions("> 2.1", patched="", ecosystem="PyPI").dirt == (
        "'> 2.1' is read as '>= 2.1': nobody knows what comes first after it",
    )
    assert read_versions("> 2.1.0", patched="", ecosystem="npm").dirt == ()


@pytest.mark.parametrize(
    ("written", "ecosystem", "kind"),
    [
        ("< 1.2.3", "npm", "SEMVER"),
        ("< 1.2", "npm", "ECOSYSTEM"),
        ("< 1.2.3", "PyPI", "ECOSYSTEM"),
        ("*", "Go", "SEMVER"),
    ],
)
def test_a_range_is_semantic_where_all_its_versions_are(written: str, ecosystem: str, kind: str) -> None:
    (one,) = read_versions(written, patched="", ecosystem=ecosystem).ranges
    assert one["type"] == kind


def test_an_order_that_nobody_knows_tells_no_fix() -> None:
    assert flat(read_versions("<= 1", patched="2", ecosystem="Nowhere")) == ["introduced:0 last_affected:1"]


@given(st.text(max_size=60), st.text(max_size=30), st.sampled_from(["npm", "PyPI", "Maven", "Go"]))
def test_any_text_is_read_or_said_to_be_unreadable(written: str, patched: str, ecosystem: str) -> None:
    found = read_versions(written, patched=patched, ecosystem=ecosystem)
    assert found.ranges or found.listed or found.dirt
    for one in flat(found):
        assert one.startswith("introduced:")
