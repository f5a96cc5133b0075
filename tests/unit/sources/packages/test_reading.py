"""A watched package: what its index says at one look after the other, and what holds without an index."""

import json
from typing import Any

import pytest
from support.services import Said
from unit.sources.http.answering import Asked, as_json
from unit.sources.packages.answers import sdists, simple
from unit.sources.packages.index import Index, versions

from agents.analysis.advisories import read_dependency
from agents.analysis.health.history import read
from agents.analysis.health.releases import measure_releases
from agents.contract import CoverageState, Target, TargetKind
from agents.errors import AgentError, BadEvidenceError, QuotaExhaustedError, SourceUnavailableError
from agents.sources.http.errors import DeniedError, GoneError, RefusedError
from agents.sources.packages.named import Package, package_of


@pytest.mark.parametrize("marked", [True, False])
def test_versions_are_told_anew_only_where_the_index_says_otherwise(index: Index, *, marked: bool) -> None:
    # Given an index that was read
    told: dict[str, Any] = simple(*sdists("1.0"))

    def said(asked: Asked) -> Said:
        body = json.dumps(told).encode()
        mark = f'"{len(body)}"'
        known = marked and asked.headers.get("if-none-match") == mark
        return Said(304) if known else Said(body=body, headers={"etag": mark} if marked else {})

    index.said = said
    first, itself = index.look("pypi/lamp")
    # When nothing changed, whether the index says so or sends it all again
    again, still = index.look("pypi/lamp")
    # Then no version is told, and the coverage is the same; the package itself is told at each look
    assert (again.evidence, again.replaces, again.cursor) == ((), (), first.cursor)
    assert again.coverage == first.coverage
    assert still == itself
    # When there is a new version
    told["files"] += sdists("1.1")
    later, newer = index.look("pypi/lamp")
    # Then all are told, and replace what was
    assert (list(versions(later)), later.replaces) == (["1.0", "1.1"], ("version", "tag"))
    assert newer.evidence[0].data["version"] == "1.1"


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("pypi/lamp", "no index of PyPI is set up: set LOOKOUT_PYPI_URL to the address of one"),
        ("npm/@acme/lamp", "no index of npm is set up: set LOOKOUT_NPM_URL to the address of one"),
        ("crates.io/lamp", "no index of crates.io is read, only those of PyPI and npm"),
        ("maven/org.acme:lamp", "no index of Maven is read, only those of PyPI and npm"),
        ("go/example.org/lamp/v2", "no index of Go is read, only those of PyPI and npm"),
    ],
)
def test_without_an_index_nothing_is_asked_and_all_that_is_known_of_the_package_counts(
    index: Index, location: str, why: str
) -> None:
    # Given an operator who set no index up
    index.sites = ()
    # When a package is read
    found, itself = index.look(location)
    # Then its versions are not collected, which says how they would be
    assert index.there.heard == []
    assert (found.coverage[0].state, found.coverage[0].detail) == (CoverageState.NOT_COLLECTED, why)
    assert (found.evidence, found.replaces, found.cursor) == ((), (), None)
    # And it is a dependency without a version
    used = read_dependency(itself.evidence[0])
    assert used is not None
    assert (used.name, used.version) == (location.partition("/")[2], "")


def test_an_index_that_comes_and_goes_takes_the_version_along(index: Index) -> None:
    # Given a package that was read from its index
    index.said = lambda _: as_json(simple(*sdists("1.0")))
    index.look("pypi/lamp")
    # When its index is not set up for a while, and then is again, unchanged
    index.sites = ()
    _, without = index.look("pypi/lamp")
    index.sites = ("index:pypi",)
    again, itself = index.look("pypi/lamp")
    # Then the package has its version back
    assert (without.evidence[0].data["version"], itself.evidence[0].data["version"]) == ("", "1.0")
    assert again.evidence == ()


def test_a_package_that_never_was_is_refused_with_what_to_look_at(index: Index) -> None:
    with pytest.raises(
        GoneError, match=r"target package:pypi/lmap: its index has no package 'lmap'; look at"
    ) as raised:
        index.look("pypi/lmap")
    assert isinstance(raised.value, BadEvidenceError)
    assert raised.value.status == 404


def test_a_package_that_is_gone_since_the_last_look_is_told_and_not_forgotten(index: Index) -> None:
    # Given a package that was read
    index.said = lambda _: as_json(simple(*sdists("1.0")))
    index.look("pypi/lamp")
    # When its index has it no more
    index.said = lambda _: Said(404)
    found, itself = index.look("pypi/lamp")
    # Then that is said, and what was known stays
    assert found.coverage[0].state is CoverageState.FAILED
    assert "the index had it and has it no more" in found.coverage[0].detail
    assert (found.evidence, found.replaces, found.cursor) == ((), (), None)
    assert itself.evidence[0].data["version"] == "1.0"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(401), DeniedError, "it answered 401"),
        (Said(500), SourceUnavailableError, "it answered 500"),
        (Said(429, headers={"retry-after": "60"}), QuotaExhaustedError, "named a time"),
        (Said(406), RefusedError, "it answered 406"),
        (Said(body=b"<!DOCTYPE html>", headers={"content-type": "text/html"}), SourceUnavailableError, "no JSON"),
        (Said(body=b'{"files": ['), SourceUnavailableError, "no JSON .*; look at LOOKOUT_(PYPI|NPM)_URL$"),
        (Said(body=b"{", headers={"content-length": "9", "connection": "close"}), SourceUnavailableError, "answer"),
    ],
)
@pytest.mark.parametrize("location", ["pypi/lamp", "npm/lamp"])
def test_what_goes_wrong_on_the_way_is_told(
    index: Index, location: str, said: Said, error: type[AgentError], words: str
) -> None:
    index.said = lambda _: said
    with pytest.raises(error, match=words) as raised:
        index.look(location)
    assert type(raised.value) is error
    assert index.cursor is None


@pytest.mark.parametrize(
    "location",
    [
        "pypi",
        "pypi/",
        "brew/lamp",
        "/lamp",
        "pypi/../admin",
        "pypi/..",
        "pypi/-lamp",
        "pypi/lamp/../../x",
        "pypi/lamp?x=1",
        "pypi/lamp#x",
        "pypi/la mp",
        "pypi/lämp",
        "pypi/lamp\n",
        "pypi/\x1b[31mlamp\u202e",
        "pypi/" + "x" * 215,
        "npm/@acme",
        "npm/@acme/../lamp",
        "npm/@acme/lamp/x",
        "npm/.lamp",
        "npm/@/lamp",
        "npm/https:%2f%2fevil",
        "go/example.org/../x",
    ],
)
def test_a_name_that_cannot_be_is_refused_before_anything_is_asked(index: Index, location: str) -> None:
    with pytest.raises(BadEvidenceError, match=r"^package target, location .*: names .*; give ") as raised:
        index.look(location)
    assert str(raised.value).isprintable()
    assert index.there.heard == []


@pytest.mark.parametrize(
    ("location", "package"),
    [
        ("pypi/Zope.Interface", Package("PyPI", "zope-interface")),
        ("PyPI/a__b--c", Package("PyPI", "a-b-c")),
        ("npm/JSONStream", Package("npm", "JSONStream")),
        ("npm/@babel/core", Package("npm", "@babel/core")),
        ("packagist/monolog/monolog", Package("Packagist", "monolog/monolog")),
    ],
)
def test_a_package_has_the_name_that_advisories_spell(location: str, package: Package) -> None:
    assert package_of(Target(kind=TargetKind.PACKAGE, location=location)) == package


def test_the_rhythm_of_releases_can_be_read_from_the_tags(index: Index) -> None:
    # Given a package with a release each month
    files = [{**file, "upload-time": f"2024-0{month}-01T00:00:00Z"} for month, (file,) in enumerate(
        (sdists(f"1.{month}") for month in range(1, 6)), start=1)]  # fmt: skip
    index.said = lambda _: as_json(simple(*files))
    found, _ = index.look("pypi/lamp")
    # When the analysis of releases reads what was told
    releases = measure_releases(read(found.evidence, now=index.look_at("x").now, whole=True))
    # Then it sees them
    assert (releases.days, releases.median_interval) == (5, 30.5)
    assert releases.last is not None
    assert releases.last.tag == "1.5"


def test_no_more_strays_are_kept_than_a_person_looks_at(index: Index) -> None:
    index.said = lambda _: as_json(simple(versions=list(range(200))))
    found, _ = index.look("pypi/lamp")
    assert (len(found.quarantined), found.coverage[0].state) == (100, CoverageState.FAILED)
    assert "put aside as unreadable: 200" in found.coverage[0].detail
