"""Advisories and dependencies as they are read from evidence, clean and dirty."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.analysis.advisories import Event, Package, index_advisories, read_advisory, read_affected, read_dependency
from agents.contract import Evidence, Untrusted


def advisory(data: dict[str, JsonValue], *, key: str = "OSV-1", target: str = "advisories:db") -> Evidence:
    return Evidence(target=target, source="osv", kind="advisory", key=key, title=Untrusted("A title"), data=data)


def dependency(data: dict[str, JsonValue]) -> Evidence:
    return Evidence(target="git:lamp", source="manifest", kind="dependency", key="k", data=data)


LAMP: dict[str, JsonValue] = {"ecosystem": "PyPI", "name": "Lamp", "versions": ["1.0"]}


def test_an_advisory_is_read_with_all_that_matters() -> None:
    # Given
    evidence = advisory(
        {
            "id": "GHSA-1",
            "aliases": ["CVE-1"],
            "summary": "It burns",
            "published": "2024-02-01T01:00:00+01:00",
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/x"}],
            "affected": [LAMP],
            "references": ["https://example.org/1"],
            "database_specific": {"severity": "HIGH"},
            "dirt": ["mended"],
        }
    )

    # When
    read = read_advisory(evidence)

    # Then
    assert read is not None
    assert (read.id, read.aliases, read.summary, read.label) == ("GHSA-1", ("CVE-1",), "It burns", "HIGH")
    assert read.published == datetime(2024, 2, 1, tzinfo=UTC)
    assert read.severity == (("CVSS_V3", "CVSS:3.1/x"),)
    assert read.references == ("https://example.org/1",)
    assert read.dirty
    assert not read.withdrawn
    assert not read.malicious
    assert read.evidence == evidence.id


def test_missing_fields_and_wrong_shapes_count_as_nothing() -> None:
    # Given
    evidence = advisory(
        {
            "id": 7,
            "aliases": "CVE-1",
            "summary": None,
            "published": "soon",
            "severity": [{"type": "CVSS_V3"}, "high"],
            "affected": [LAMP, "lamp", {"name": "lamp"}, {"package": ["lamp"]}],
            "references": [1, ""],
            "database_specific": [],
            "withdrawn": None,
        }
    )

    # When
    read = read_advisory(evidence)

    # Then
    assert read is not None
    assert (read.id, read.aliases, read.summary) == ("OSV-1", (), "A title")
    assert read.published is None
    assert (read.severity, read.label, read.references) == ((), "", ())
    assert [entry.package.name for entry in read.affected] == ["lamp"]


def test_an_advisory_without_any_id_is_none() -> None:
    # Then
    assert read_advisory(advisory({"affected": [LAMP]}, key=" ")) is None


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "1969-12-31T00:00:00Z", ""])
def test_a_date_before_any_computer_means_that_none_is_known(written: str) -> None:
    # When
    read = read_advisory(advisory({"id": "X-1", "published": written}))

    # Then
    assert read is not None
    assert read.published is None


def test_an_entry_is_read_in_osvs_own_form_and_in_the_flat_one() -> None:
    # Given
    package: dict[str, JsonValue] = {"ecosystem": "Debian:12", "name": "lamp"}
    said: dict[str, JsonValue] = {"ranges": [{"type": "ecosystem", "events": [{"introduced": "0", "fixed": "2"}, 3]}]}

    # When
    flat, nested = read_affected({**package, **said}), read_affected({"package": package, **said})

    # Then
    assert flat == nested
    assert flat is not None
    assert flat.package == Package("debian", "lamp", "12")
    assert flat.ranges[0].kind == "ECOSYSTEM"
    assert flat.ranges[0].events == (Event("introduced", "0"), Event("fixed", "2"))


def test_the_word_of_the_ecosystem_comes_before_that_of_the_database() -> None:
    # When
    both = read_affected({**LAMP, "database_specific": {"severity": "low"}, "ecosystem_specific": {"severity": "high"}})
    one = read_affected({**LAMP, "database_specific": {"severity": "low"}})

    # Then
    assert both is not None
    assert one is not None
    assert (both.label, one.label) == ("high", "low")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("PyPI", "Zope.Interface"), ("pypi", "zope_interface")),
        (("npm", "@Org/Lamp"), ("npm", "@org/lamp")),
        (("crates.io", "lamp_core"), ("crates.io", "Lamp-Core")),
        (("NuGet", "Lamp.Core"), ("NuGet", "lamp.core")),
    ],
)
def test_names_that_a_registry_holds_equal_are_the_same_package(a: tuple[str, str], b: tuple[str, str]) -> None:
    # Then
    assert Package.of(*a) == Package.of(*b)


def test_names_that_a_registry_keeps_apart_are_different_packages() -> None:
    # Then
    assert Package.of("Maven", "org:Lamp") != Package.of("Maven", "org:lamp")
    assert Package.of("npm", "lamp") != Package.of("PyPI", "lamp")


def test_an_advisory_for_one_release_does_not_cover_another() -> None:
    # Given
    twelve, eleven, any_ = (Package.of(name, "lamp") for name in ("Debian:12", "Debian:11", "Debian"))

    # Then
    assert not twelve.covers(eleven)
    assert any_.covers(twelve)
    assert twelve.covers(any_)
    assert not twelve.covers(Package.of("Debian:12", "candle"))


def test_a_dependency_keeps_its_version_only_where_it_is_pinned() -> None:
    # Given
    data: dict[str, JsonValue] = {"ecosystem": "PyPI", "name": "Lamp", "version": "1.0", "file": "a.txt"}

    # When
    pinned, loose = (
        read_dependency(dependency({**data, "pinned": True})),
        read_dependency(dependency({**data, "pinned": False})),
    )
    unsaid = read_dependency(dependency(data))

    # Then
    assert pinned is not None
    assert loose is not None
    assert pinned == unsaid
    assert (pinned.version, loose.version, pinned.file) == ("1.0", "", "a.txt")
    assert read_dependency(dependency({"ecosystem": "PyPI"})) is None


def test_the_index_keeps_what_is_about_wanted_packages_and_leaves_out_what_is_withdrawn() -> None:
    # Given
    candle: JsonValue = {"ecosystem": "npm", "name": "candle"}
    evidence = [
        advisory({"id": "B-2", "aliases": ["CVE-9"], "affected": [LAMP]}),
        advisory({"id": "A-1", "aliases": ["CVE-9"], "affected": [LAMP, candle]}, target="advisories:other"),
        advisory({"id": "C-3", "affected": [candle]}),
        advisory({"id": "D-4", "affected": [LAMP], "withdrawn": "2024-01-01T00:00:00Z"}),
        advisory({}, key=" "),
    ]
    lamp = Package.of("PyPI", "lamp")

    # When
    index = index_advisories(evidence, wanted={lamp})

    # Then
    assert list(index.by_package) == [lamp]
    assert [[found.id for found in flaw] for flaw in index.about(lamp)] == [["A-1", "B-2"]]
    assert index.about(Package.of("npm", "candle")) == ()
    assert index.groups["B-2"] == index.groups["A-1"] == ("CVE-9", "A-1", "B-2")
    assert "D-4" not in index.groups


def test_the_index_gives_a_package_the_advisories_of_its_own_release() -> None:
    # Given
    evidence = [
        advisory({"id": f"DSA-{release}", "affected": [{"ecosystem": f"Debian:{release}", "name": "lamp"}]})
        for release in (11, 12)
    ]
    lamp = Package.of("Debian:12", "lamp")

    # When
    index = index_advisories(evidence, wanted={lamp})

    # Then
    assert [[found.id for found in flaw] for flaw in index.about(lamp)] == [["DSA-12"]]


json_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
FIELDS = ("id", "aliases", "published", "severity", "affected", "references", "database_specific", "dirt", "withdrawn")


@settings(deadline=None, max_examples=100)
@given(data=st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_no_data_however_odd_breaks_the_reading(data: dict[str, JsonValue]) -> None:
    # When
    read = read_advisory(advisory(data))

    # Then
    assert read is not None
    assert read.id
