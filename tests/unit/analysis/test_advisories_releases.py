"""Releases as they are read from evidence, and looked up by what they are about."""

from datetime import UTC, datetime

import pytest
from pydantic import JsonValue
from support.flaws import TARGET, Shelf, dependency, release

from agents.analysis.advisories import Dependency, Package, read_dependency
from agents.analysis.advisories.release import REASON_LIMIT, Release, read_release, same
from agents.analysis.advisories.release_shelf import ReleaseShelf
from agents.contract import Evidence

LAMP = Package.of("PyPI", "lamp")


def used(name: str, version: str = "", *, ecosystem: str = "PyPI", file: str = "lamp.lock") -> Dependency:
    read = read_dependency(dependency(name, version, ecosystem=ecosystem, file=file))
    assert read is not None
    return read


def test_a_release_is_read_with_all_that_matters() -> None:
    # Given
    at = datetime(2026, 1, 1, tzinfo=UTC)
    evidence = release("1.0", "Lamp", yanked=True, yanked_reason=" It \n burns ", deprecated="old", at=at)

    # When / Then
    assert read_release(evidence) == (
        LAMP,
        Release("1.0", yanked=True, reason="It burns", deprecated="old", at=at),
    )


@pytest.mark.parametrize(
    "data",
    [{}, {"package": "lamp"}, {"version": "1.0"}, {"package": 7, "version": "1.0"}, {"package": "lamp", "version": []}],
)
def test_what_names_no_package_or_no_version_is_no_release(data: dict[str, JsonValue]) -> None:
    # Then
    assert read_release(Evidence(target="t", source="index", kind="version", key="", data=data)) is None


def test_wrong_shapes_count_as_nothing_and_the_key_stands_in_for_the_version() -> None:
    # Given
    data: dict[str, JsonValue] = {"package": "lamp", "ecosystem": "PyPI", "yanked": "yes", "deprecated": True}
    evidence = Evidence(target="t", source="index", kind="version", key="1.0", data=data)

    # When / Then
    assert read_release(evidence) == (LAMP, Release("1.0"))


def test_a_pre_release_is_known_by_its_version_though_the_index_does_not_say_so_and_reasons_are_cut() -> None:
    # When
    read = read_release(release("1.0rc1", yanked_reason="x" * 999))

    # Then
    assert read is not None
    assert read[1].prerelease
    assert not read[1].final
    assert len(read[1].reason) == REASON_LIMIT


def test_two_texts_are_the_same_version_where_their_ecosystem_says_so() -> None:
    # Then
    assert same(LAMP, "1.0", "1.0.0")
    assert not same(LAMP, "1.0", "1.1")
    assert not same(LAMP, "trunk", "branch")
    assert same(Package.of("Cobol", "tape"), "x", "x")
    assert not same(Package.of("Cobol", "tape"), "1.0", "1.0.0")


def test_the_releases_of_a_package_are_given_in_order_once_and_read_once() -> None:
    # Given two targets that list the same package, and one that lists another
    evidence = [
        release("1.10"),
        release("1.9"),
        release("1.9", target="package:pypi/lamp"),
        release("1.0", "wick"),
        Evidence(target=TARGET.id, source="index", kind="version", key="", about=("PyPI/lamp",)),
    ]
    reader = Shelf(evidence)
    shelf = ReleaseShelf(reader, targets=[TARGET.id, "package:pypi/lamp"], dependencies=[used("Lamp"), used("torch")])

    # When
    listed, again = shelf.of(LAMP), shelf.of(LAMP)

    # Then
    assert [one.version for one in listed or ()] == ["1.9", "1.10"]
    assert again == listed
    assert reader.read_kinds == ["version"]
    assert shelf.of(Package.of("PyPI", "torch")) is None
    assert shelf.of(Package.of("PyPI", "wick")) is None, "it is not in use, so nobody asks"


def test_a_package_is_found_under_the_name_that_its_index_uses_and_under_its_own() -> None:
    # Given a distribution's package, and one whose manifest writes its name otherwise than its index
    evidence = [release("1.0", "big-lamp"), release("2.0-1", "wick", ecosystem="Debian")]
    uses = [used("Big_Lamp", "1.0"), used("wick", "2.0-1", ecosystem="Debian:12")]
    shelf = ReleaseShelf(Shelf(evidence), targets=[TARGET.id], dependencies=uses)

    # When / Then
    assert shelf.of(Package.of("PyPI", "big-lamp")) == (Release("1.0"),)
    assert shelf.of(Package.of("Debian:12", "wick")) == (Release("2.0-1"),)


def test_what_is_wrong_with_versions_in_use_is_found_with_all_places_of_use() -> None:
    # Given
    evidence = [
        release("1.0", yanked=True),
        release("1.1", yanked=True),
        release("1.2", deprecated="old"),
        release("2"),
    ]
    uses = [used("lamp", "1.0.0"), used("lamp", "1.0", file="b"), used("lamp", "1.2"), used("lamp", "2"), used("wick")]
    shelf = ReleaseShelf(Shelf(evidence), targets=[TARGET.id], dependencies=uses)

    # When
    found = shelf.blemished(shelf.evidence())

    # Then
    assert [(one.release.version, [each.version for each in one.dependencies]) for one in found] == [
        ("1.0", ["1.0.0", "1.0"]),
        ("1.2", ["1.2"]),
    ]
