"""The verdict of one advisory on one version, rule by rule."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.analysis.advisories import Affected, Outcome, judge, read_affected

Events = list[dict[str, JsonValue]]


def entry(
    *events: dict[str, JsonValue], kind: str = "ECOSYSTEM", ecosystem: str = "PyPI", versions: tuple[str, ...] = ()
) -> Affected:
    ranges: list[JsonValue] = [{"type": kind, "events": [*events]}] if events else []
    affected = read_affected({"ecosystem": ecosystem, "name": "lamp", "ranges": ranges, "versions": [*versions]})
    assert affected is not None
    return affected


@pytest.mark.parametrize(
    ("version", "affected"),
    [("0.1", True), ("1.1.9", True), ("1.2rc1", True), ("1.2", False), ("1.3", False), ("2.0", True), ("2.0.5", False)],
)
def test_a_version_is_affected_from_each_introduction_up_to_its_fix(version: str, *, affected: bool) -> None:
    # Given
    twice = entry({"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"fixed": "2.0.5"})

    # When
    verdict = judge([twice], version)

    # Then
    assert verdict.affected is affected


def test_events_count_in_the_order_of_versions_not_of_the_record() -> None:
    # Given
    mixed = entry({"fixed": "2.0.5"}, {"introduced": "2.0"}, {"fixed": "1.2"}, {"introduced": "0"})

    # When
    outcomes = [judge([mixed], version).affected for version in ("1.1", "1.5", "2.0.1", "2.1")]

    # Then
    assert outcomes == [True, False, True, False]


def test_events_at_the_same_version_keep_the_records_order() -> None:
    # Given
    empty = entry({"introduced": "1.2"}, {"fixed": "1.2"})
    again = entry({"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "1.2"}, {"fixed": "1.3"})

    # Then
    assert not judge([empty], "1.2").affected
    assert judge([again], "1.2").affected


def test_the_last_affected_version_is_still_affected() -> None:
    # Given
    last = entry({"introduced": "1.0"}, {"last_affected": "1.4"})

    # When
    outcomes = [judge([last], version).affected for version in ("0.9", "1.0", "1.4.0", "1.4.1")]

    # Then
    assert outcomes == [False, True, True, False]


def test_nothing_at_or_above_every_limit_is_affected() -> None:
    # Given
    limited = entry({"introduced": "0"}, {"limit": "2.0"}, {"limit": "3.0"})
    unlimited = entry({"introduced": "0"}, {"limit": "*"})

    # When
    outcomes = [judge([limited], version).affected for version in ("1.0", "2.5", "3.0")]

    # Then
    assert outcomes == [True, True, False]
    assert judge([unlimited], "99").affected


def test_a_listed_version_is_affected_whatever_the_ranges_say_and_however_dirty_it_is() -> None:
    # Given
    listed = entry({"introduced": "5.0"}, versions=("trunk", "1.0"))

    # When
    dirty, clean, otherwise = (judge([listed], version) for version in ("trunk", "1.0", "1.0.0"))

    # Then
    assert (dirty.affected, dirty.reason) == (True, "version trunk is listed")
    assert clean.affected
    assert (otherwise.affected, otherwise.reason) == (True, "version 1.0.0 is listed, written otherwise")


def test_without_ranges_a_version_that_is_not_listed_is_not_affected() -> None:
    # Given
    listed = entry(versions=("1.0", "1.1"))

    # Then
    assert judge([listed], "1.2").outcome is Outcome.NOT_AFFECTED


def test_semver_ranges_are_read_as_semver_in_any_ecosystem() -> None:
    # Given
    semver = entry({"introduced": "1.0.0"}, {"fixed": "1.4.0"}, kind="SEMVER", ecosystem="Nobody Knows")

    # Then
    assert judge([semver], "1.3.9").affected
    assert judge([semver], "1.4.0").outcome is Outcome.NOT_AFFECTED


@pytest.mark.parametrize(
    ("affected", "version", "reason"),
    [
        (entry({"introduced": "0"}), "", "no version is pinned"),
        (entry(), "1.0", "names no versions at all"),
        (entry({"introduced": "0"}, kind="GIT"), "1.0", "only GIT ranges, which name no versions"),
        (entry({"introduced": "0"}, kind=""), "1.0", "only unnamed ranges, which name no versions"),
        (entry({"introduced": "0"}), "trunk", "version 'trunk' follows no pypi rules"),
        (entry({"introduced": "0"}, {"fixed": "soon"}), "1.0", "version 'soon' follows no pypi rules"),
        (entry(versions=("1.0",)), "trunk", "version 'trunk' is not listed and follows no pypi rules"),
        (entry({"introduced": "0"}, ecosystem="Nobody Knows"), "1.0", "ecosystem 'Nobody Knows': no version order"),
        (entry(versions=("1.0",), ecosystem="Nobody Knows"), "1.1", "ecosystem 'Nobody Knows': no version order"),
    ],
)
def test_where_it_would_have_to_guess_the_verdict_is_unknown_with_its_reason(
    affected: Affected, version: str, reason: str
) -> None:
    # When
    verdict = judge([affected], version)

    # Then
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason.startswith(reason)


def test_a_fix_that_no_rules_can_read_is_out_of_its_own_range() -> None:
    # Given
    dated = entry({"introduced": "0"}, {"fixed": "2019-09-12"})

    # Then
    assert judge([dated], "2019-09-12").outcome is Outcome.NOT_AFFECTED
    assert judge([dated], "2019-09-13").outcome is Outcome.UNKNOWN


def test_commit_ranges_beside_version_ranges_are_left_out() -> None:
    # Given
    commits: dict[str, JsonValue] = {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "c0ffee"}]}
    numbered: dict[str, JsonValue] = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}
    affected = read_affected({"ecosystem": "PyPI", "name": "lamp", "ranges": [commits, numbered]})
    assert affected is not None

    # Then
    assert judge([affected], "1.1").affected
    assert judge([affected], "1.2").outcome is Outcome.NOT_AFFECTED


def test_of_several_entries_affected_wins_and_then_unknown() -> None:
    # Given
    over, open_, hit = entry({"introduced": "0"}, {"fixed": "1"}), entry(), entry({"introduced": "0"})

    # Then
    assert judge([over, open_, hit], "2").affected
    assert judge([over, open_], "2").outcome is Outcome.UNKNOWN
    assert judge([over], "2").outcome is Outcome.NOT_AFFECTED
    assert judge([], "2").outcome is Outcome.NOT_AFFECTED


kinds = st.sampled_from(("introduced", "fixed", "last_affected", "limit"))
events = st.lists(
    st.dictionaries(kinds, st.one_of(st.text(max_size=6), st.integers(0, 9).map(str)), max_size=2), max_size=5
)


@settings(deadline=None, max_examples=150)
@given(
    found=events,
    version=st.one_of(st.text(max_size=8), st.integers(0, 9).map(str)),
    ecosystem=st.sampled_from(("PyPI", "npm", "Maven", "Debian:12", "?")),
)
def test_no_record_however_odd_breaks_the_matching(found: list[dict[str, str]], version: str, ecosystem: str) -> None:
    # Given
    written: Events = [{**event} for event in found]
    odd = entry(*written, ecosystem=ecosystem)

    # When
    verdict = judge([odd], version)

    # Then
    assert verdict.reason
