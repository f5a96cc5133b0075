"""An npm package as a registry lists it."""

from datetime import UTC, datetime

import pytest
from support.services import Said
from unit.sources.http.answering import Asked, as_json
from unit.sources.packages.answers import packument
from unit.sources.packages.index import Index, said_of, versions

from agents.contract import CoverageState
from agents.errors import SourceUnavailableError
from agents.sources.http.errors import RefusedError
from agents.sources.packages import npm
from agents.sources.packages.listing import NoListingError
from agents.sources.packages.npm import read_npm


def test_each_version_is_told_and_the_registrys_own_latest_is_the_latest(index: Index) -> None:
    # Given a registry whose newest upload is of an older line
    told = packument("2.0.0", "3.0.0-rc.1", "1.9.9", latest="2.0.0")
    told["versions"]["1.9.9"]["deprecated"] = "Use 2.x\x1b[31m\u202e!"
    told["versions"]["3.0.0-rc.1"]["deprecated"] = True
    index.said = lambda _: as_json(told)
    # When the package is read
    found, itself = index.look("npm/@acme/lamp")
    # Then the registry was asked for its scope and name as one part of the path, for the whole form
    (asked,) = index.there.heard
    assert (asked.path, asked.headers["accept"]) == ("/mirror/@acme%2Flamp", "application/json")
    # And each version is there, filed as advisories spell the package
    newest = versions(found)["2.0.0"]
    assert newest.about == ("npm/@acme/lamp",)
    assert newest.at == datetime(2024, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert newest.data == {
        "package": "@acme/lamp",
        "ecosystem": "npm",
        "version": "2.0.0",
        "yanked": False,
        "yanked_reason": "",
        "deprecated": "",
        "prerelease": False,
        "latest": True,
    }
    assert said_of(found, "deprecated") == {
        "2.0.0": "",
        "3.0.0-rc.1": "deprecated, without a reason",
        "1.9.9": "Use 2.x!",
    }
    assert said_of(found, "prerelease") == {"2.0.0": False, "3.0.0-rc.1": True, "1.9.9": False}
    assert (found.coverage[0].state, found.coverage[0].detail) == (CoverageState.COMPLETE, "3 versions")
    assert itself.evidence[0].data["version"] == "2.0.0"
    assert itself.evidence[0].key == "npm/@acme/lamp@2.0.0#package index"


def test_a_version_that_was_removed_is_told_as_taken_back(index: Index) -> None:
    # Given a registry that removed the version of an attacker: only its time is left
    told = packument("1.0.0", "1.0.1", latest="1.0.0")
    del told["versions"]["1.0.1"]
    index.said = lambda _: as_json(told)
    # When it is read, then the version is still told
    found, _ = index.look("npm/@acme/lamp")
    assert said_of(found, "yanked") == {"1.0.0": False, "1.0.1": True}
    assert said_of(found, "yanked_reason") == {"1.0.0": "", "1.0.1": "removed from the registry"}
    assert found.coverage[0].detail == "2 versions; taken back or removed: 1"


def test_a_package_that_was_taken_over_is_said_to_be(index: Index) -> None:
    # Given a registry that removed all versions and left a placeholder
    told = packument("1.0.0", "0.0.1-security")
    del told["versions"]["1.0.0"]
    index.said = lambda _: as_json(told)
    # When it is read
    found, itself = index.look("npm/@acme/lamp")
    # Then every version says so, and the placeholder stands for the package
    said = "the registry took the package over and put a placeholder in its place"
    assert said_of(found, "deprecated") == {"0.0.1-security": said, "1.0.0": said}
    assert said in found.coverage[0].detail
    assert itself.evidence[0].data["version"] == "0.0.1-security"


def test_a_package_that_was_removed_as_a_whole_is_said_to_be(index: Index) -> None:
    # Given a registry that has nothing but the times of what once was
    told = packument("1.0.0")
    del told["versions"]
    told["time"]["unpublished"] = {"name": "ada", "time": "2024-05-01T00:00:00.000Z", "versions": ["1.0.0"]}
    index.said = lambda _: as_json(told)
    found, itself = index.look("npm/@acme/lamp")
    assert said_of(found, "yanked_reason") == {"1.0.0": "removed from the registry"}
    assert "the whole package was removed from the registry" in found.coverage[0].detail
    assert itself.evidence[0].data["pinned"] is False


def test_what_is_too_large_is_read_in_its_smaller_form(index: Index) -> None:
    # Given a registry whose whole answer is larger than what is read
    small = packument("1.0.0")
    del small["time"]
    small["modified"] = "2024-05-01T00:00:00.000Z"

    def said(asked: Asked) -> Said:
        return as_json(small if "install" in asked.headers["accept"] else packument("1.0.0", readme="x" * 2_000))

    index.said, index.most_bytes = said, 1_000
    # When it is read, then the smaller one is asked for, which has no times
    found, _ = index.look("npm/@acme/lamp")
    assert [one.headers["accept"] for one in index.there.heard] == [
        "application/json",
        "application/vnd.npm.install-v1+json",
    ]
    assert versions(found)["1.0.0"].at is None
    # And a registry that refuses is not asked again
    index.said = lambda _: Said(400)
    with pytest.raises(RefusedError, match="it answered 400"):
        index.look("npm/@acme/lamp")
    assert len(index.there.heard) == 3


@pytest.mark.parametrize(
    ("released", "tagged", "latest"),
    [
        (("1.0.0", "10.0.0", "9.0.0"), "9.0.0", "9.0.0"),
        (("1.0.0", "10.0.0", "9.0.0"), "8.0.0", "10.0.0"),
        (("1.0.0", "2.0.0-next.1"), "2.0.0-next.1", "1.0.0"),
        (("1.0.0", "2.0.0"), ["2.0.0"], "2.0.0"),
        (("1.0.0-a", "1.0.0-b"), "1.0.0-a", "1.0.0-a"),
        (("1.0.0-a", "1.0.0-b"), "x", "1.0.0-b"),
        (("v1", "nightly"), "x", "nightly"),
    ],
)
def test_the_latest_is_stable_and_there(released: tuple[str, ...], tagged: object, latest: str) -> None:
    assert read_npm(packument(*released, latest=tagged), name="@acme/lamp").latest == latest


@pytest.mark.parametrize("part", ["versions", "time", "dist-tags"])
@pytest.mark.parametrize("value", [5, None, [], "x", {"1.0.0": 5}])
def test_parts_of_another_kind_say_nothing(part: str, value: object) -> None:
    found = read_npm({**packument("1.0.0"), part: value}, name="@acme/lamp")
    assert [one.version for one in found.releases] == ["1.0.0"]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("x", "has neither versions nor times"),
        ({"error": "not_found"}, "has neither versions nor times"),
        (packument("1.0.0", name="torch"), "is about 'torch', which was not asked for"),
    ],
)
def test_what_is_no_packument_of_the_package_is_told(index: Index, told: object, reason: str) -> None:
    with pytest.raises(NoListingError, match=reason):
        read_npm(told, name="@acme/lamp")
    index.said = lambda _: as_json(told)
    with pytest.raises(SourceUnavailableError, match="; look at LOOKOUT_NPM_URL"):
        index.look("npm/@acme/lamp")


def test_what_can_be_no_version_is_put_aside(index: Index) -> None:
    index.said = lambda _: as_json(packument("1.0.0", "\x1b[31m1.0.1", "1.0.2\u202e", "", "1 2", latest="1.0.0"))
    found, _ = index.look("npm/@acme/lamp")
    assert list(versions(found)) == ["1.0.0"]
    assert (len(found.quarantined), found.coverage[0].state) == (4, CoverageState.PARTIAL)
    assert all(stray.key.isprintable() for stray in found.quarantined)


def test_more_versions_than_are_read_are_said(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "MOST_VERSIONS", 1)
    index.said = lambda _: as_json(packument("1.0.0", "2.0.0"))
    found, _ = index.look("npm/@acme/lamp")
    assert (list(versions(found)), found.coverage[0].state) == (["1.0.0"], CoverageState.PARTIAL)
