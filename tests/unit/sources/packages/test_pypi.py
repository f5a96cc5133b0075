"""A Python package as an index of the simple API lists it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from unit.sources.http.answering import as_json
from unit.sources.packages.answers import file, sdists, simple
from unit.sources.packages.index import Index, said_of, versions

from agents.contract import CoverageState
from agents.errors import SourceUnavailableError
from agents.sources.packages import listing, pypi
from agents.sources.packages.listing import NoListingError
from agents.sources.packages.pypi import read_pypi


def test_each_version_is_told_with_its_first_upload_and_the_newest_stable_one_is_the_latest(index: Index) -> None:
    # Given an index with three versions in several files
    told = simple(
        file("lamp-1.0.tar.gz", uploaded="2023-01-01T00:00:00.000000Z"),
        file("lamp-1.10-py3-none-any.whl", uploaded="2024-02-02T00:00:00.000000Z"),
        file("lamp-1.10.tar.gz", uploaded="2024-02-01T00:00:00.000000Z"),
        file("lamp-2.0rc1-py3-none-any.whl", uploaded="2024-03-01T00:00:00.000000Z"),
        versions=["1.0", "1.10", "2.0rc1"],
    )
    index.said = lambda _: as_json(told)
    # When the package is read, however its target spells its name
    found, itself = index.look("pypi/Lamp")
    # Then the index was asked by its normal name, for the JSON form
    (asked,) = index.there.heard
    assert (asked.path, asked.headers["accept"]) == ("/mirror/simple/lamp/", "application/vnd.pypi.simple.v1+json")
    # And each version is there, filed as advisories spell the package
    assert list(versions(found)) == ["1.0", "1.10", "2.0rc1"]
    newest = versions(found)["1.10"]
    assert (newest.target, newest.source, newest.about) == ("package:pypi/Lamp", "index", ("PyPI/lamp",))
    assert (newest.at, newest.title) == (datetime(2024, 2, 1, tzinfo=UTC), "lamp 1.10")
    assert newest.data == {
        "package": "lamp",
        "ecosystem": "PyPI",
        "version": "1.10",
        "yanked": False,
        "yanked_reason": "",
        "deprecated": "",
        "prerelease": False,
        "latest": True,
    }
    assert said_of(found, "latest") == {"1.0": False, "1.10": True, "2.0rc1": False}
    assert said_of(found, "prerelease") == {"1.0": False, "1.10": False, "2.0rc1": True}
    # And each is a tag as well, so that the rhythm of releases can be read
    tags = [one for one in found.evidence if one.kind == "tag"]
    assert [(one.key, one.at, one.about) for one in tags] == [(key, one.at, ()) for key, one in versions(found).items()]
    assert tags[0].data == {
        "name": "1.0",
        "commit": "",
        "annotated": False,
        "tagged_at": "2023-01-01T00:00:00+00:00",
        "committed_at": "",
        "subject": "lamp 1.0",
    }
    assert found.replaces == ("version", "tag")
    assert (found.coverage[0].state, found.coverage[0].detail) == (CoverageState.COMPLETE, "3 versions")
    # And the package is what its own target uses, in its newest stable version
    (dependency,) = itself.evidence
    assert (dependency.source, dependency.kind, itself.replaces) == ("manifest", "dependency", ("dependency",))
    assert (dependency.data["ecosystem"], dependency.data["name"]) == ("PyPI", "lamp")
    assert (dependency.data["version"], dependency.data["pinned"]) == ("1.10", True)
    assert itself.coverage[0].detail == "the package itself, in its newest version 1.10"


def test_a_version_is_yanked_where_all_of_its_files_are(index: Index) -> None:
    # Given versions of which some files, or all, were taken back, with and without a reason
    told = simple(
        file("lamp-1.0.tar.gz"),
        file("lamp-2.0.tar.gz", yanked="Broken\x1b[31m\u202e wheels"),
        file("lamp-2.0-py3-none-any.whl", yanked=True),
        file("lamp-3.0.tar.gz", yanked=True),
        file("lamp-3.0-py3-none-any.whl"),
        file("lamp-4.0.tar.gz", yanked=""),
        versions=["1.0", "2.0", "3.0", "4.0"],
    )
    index.said = lambda _: as_json(told)
    # When they are read, then it is told of each, and none of them is gone to
    found, _ = index.look("pypi/lamp")
    assert said_of(found, "yanked") == {"1.0": False, "2.0": True, "3.0": False, "4.0": True}
    assert said_of(found, "yanked_reason") == {"1.0": "", "2.0": "Broken wheels", "3.0": "", "4.0": ""}
    assert [key for key, latest in said_of(found, "latest").items() if latest] == ["3.0"]
    assert found.coverage[0].detail == "4 versions; taken back or removed: 2"


@pytest.mark.parametrize(
    ("files", "latest"),
    [
        (sdists("1.0a1", "1.0b2", "0.9.dev1"), "1.0b2"),
        (sdists("0.1", "1.0rc1"), "0.1"),
        (sdists("1!0.1", "9.9"), "1!0.1"),
        ([file("lamp-1.0.tar.gz", yanked=True)], ""),
        ([], ""),
    ],
)
def test_the_newest_is_stable_where_any_is_and_can_be_had(files: list[object], latest: str) -> None:
    assert read_pypi(simple(*files), name="lamp").latest == latest


def test_a_version_without_files_is_not_gone_to_while_others_have_some() -> None:
    told = simple(*sdists("1.0"), versions=["1.0", "2.0"])
    found = read_pypi(told, name="lamp")
    assert (found.latest, [(one.version, one.at is None) for one in found.releases]) == (
        "1.0",
        [("1.0", False), ("2.0", True)],
    )
    # Where no files are listed at all, that says nothing
    assert read_pypi(simple(versions=["1.0", "2.0"]), name="lamp").latest == "2.0"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("lamp-1.0-py3-none-any.whl", "1.0"),
        ("lamp-1.0-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "1.0"),
        ("lamp_shade-1.0.post1.tar.gz", "1.0.post1"),
        ("lamp-shade-1.0.zip", "1.0"),
        ("lamp-1.0.tar.bz2", "1.0"),
        ("Lamp-1.0-py2.7.egg", "1.0"),
        ("lamp-01.00.tar.gz", "1.0"),
        ("lamp-1.0.win32.exe", ""),
        ("lamp.tar.gz", ""),
        ("lamp.whl", ""),
        ("lamp-x.y.tar.gz", ""),
        (f"lamp-1.0{'0' * 500}.tar.gz", ""),
        (f"lamp-{'1' * 450}.tar.gz", "1" * 200),
        (5, ""),
    ],
)
def test_a_files_name_tells_its_version(name: object, version: str) -> None:
    found = read_pypi(simple({**file("x"), "filename": name}), name="lamp").releases
    assert [one.version[:200] for one in found if one.at] == ([version] if version else [])


def test_a_version_is_one_however_it_is_spelled() -> None:
    # Given an index that spells a version as its files do not, and lists one of before PEP 440
    told = simple(*sdists("1.0", "1.0.0"), versions=["v1.0.0.0", "2004-beta.x"])
    # When it is read, then there are two, in the index's own spelling
    found = read_pypi(told, name="lamp")
    assert [(one.version, one.at is None) for one in found.releases] == [("v1.0.0.0", False), ("2004-beta.x", True)]


@pytest.mark.parametrize("where", ["table", "meta"])
@pytest.mark.parametrize(
    ("status", "field", "words"),
    [
        ("quarantined", "yanked_reason", "the index holds the whole package in quarantine: Bad\x1b news"),
        ("deprecated", "deprecated", "the package is deprecated as a whole: Bad\x1b news"),
        ("archived", "deprecated", "the package is archived: no more versions are to be expected: Bad\x1b news"),
    ],
)
def test_what_an_index_says_of_the_whole_package_is_said_of_each_version(
    index: Index, where: str, status: str, field: str, words: str
) -> None:
    # Given an index that marks the package, in either of the two places where it may
    table = {"project-status": {"status": status, "reason": "Bad\x1b news"}}
    meta = {"meta": {"api-version": "1.4", "project-status": status, "project-status-reason": "Bad\x1b news"}}
    index.said = lambda _: as_json(simple(*sdists("1.0", "2.0")) | (table if where == "table" else meta))
    # When it is read, then every version says so
    found, itself = index.look("pypi/lamp")
    said = words.replace("\x1b", "")
    assert said_of(found, field) == {"1.0": said, "2.0": said}
    assert said in found.coverage[0].detail
    # And in quarantine none is there to be had: then all that is known of the package counts
    taken = status == "quarantined"
    assert said_of(found, "yanked") == {"1.0": taken, "2.0": taken}
    assert itself.evidence[0].data["version"] == ("" if taken else "2.0")
    assert itself.evidence[0].data["pinned"] is not taken


@pytest.mark.parametrize("status", [{"status": "active"}, {"status": 5}, {}, None, 5])
def test_any_other_status_says_nothing(status: object) -> None:
    found = read_pypi(simple(*sdists("1.0")) | {"meta": 5, "project-status": status}, name="lamp")
    assert (found.notes, found.releases[0].deprecated, found.releases[0].yanked) == ((), "", False)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([], "has no list of files"),
        ({"name": "lamp"}, "has no list of files"),
        (simple(name="torch"), "is about 'torch', which was not asked for"),
        (simple(name=None), "is about None"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_listing_of_the_package_is_told(index: Index, told: object, reason: str) -> None:
    with pytest.raises(NoListingError, match=reason):
        read_pypi(told, name="lamp")
    index.said = lambda _: as_json(told)
    with pytest.raises(SourceUnavailableError, match=f"what came {reason}.*; look at LOOKOUT_PYPI_URL"):
        index.look("pypi/lamp")


def test_what_can_be_no_version_is_put_aside(index: Index) -> None:
    # Given an index with rubbish among its versions and files
    rubbish = [5, None, "", "1 0", "\x1b[31m1.0", "1.0\u202e", "x" * 201, {"a": 1}]
    index.said = lambda _: as_json(simple(*sdists("1.0"), 5, None, "x", versions=[*rubbish, "1.0"]))
    # When it is read, then the rest is there, and that is put aside
    found, _ = index.look("pypi/lamp")
    assert list(versions(found)) == ["1.0"]
    assert len({stray.key for stray in found.quarantined}) == len(rubbish)
    assert {stray.reason for stray in found.quarantined} == {"is no version"}
    assert found.coverage[0].state is CoverageState.PARTIAL
    assert "put aside as unreadable: 8" in found.coverage[0].detail


@pytest.mark.parametrize("uploaded", ["", "soon", "2024-01-01T00:00:00", None, 5, "2031-01-01T00:00:00Z"])
def test_a_time_that_cannot_be_is_left_out(index: Index, uploaded: Any) -> None:  # noqa: ANN401
    index.said = lambda _: as_json(simple(file("lamp-1.0.tar.gz", uploaded=uploaded)))
    found, _ = index.look("pypi/lamp")
    assert versions(found)["1.0"].at is None
    assert [one.data["tagged_at"] for one in found.evidence if one.kind == "tag"] == [""]


@pytest.mark.parametrize("name", ["MOST_VERSIONS", "MOST_FILES"])
def test_more_than_is_read_is_said(index: Index, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(pypi, name, 2)
    index.said = lambda _: as_json(simple(*sdists("1.0", "2.0", "3.0")))
    found, _ = index.look("pypi/lamp")
    assert list(versions(found)) == ["1.0", "2.0"]
    assert found.coverage[0].state is CoverageState.PARTIAL
    assert "it has more versions or files than are read" in found.coverage[0].detail


def test_a_package_without_versions_has_none(index: Index) -> None:
    index.said = lambda _: as_json(simple())
    found, itself = index.look("pypi/lamp")
    assert (found.coverage[0].state, found.evidence) == (CoverageState.ZERO, ())
    assert itself.coverage[0].detail == "the package itself, in no version"


def test_the_longest_version_is_bounded() -> None:
    assert listing.version_of("1" * 201) == ""
