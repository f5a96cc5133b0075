"""Exposures of packages in use: flaws merged over databases, disagreements kept, and the way out."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from agents.analysis.advisories import (
    Dependency,
    Exposures,
    Outcome,
    Package,
    Upgrade,
    find_exposures,
    index_advisories,
)
from agents.analysis.advisories.distance import distance
from agents.analysis.advisories.findings import exposure_finding
from agents.analysis.advisories.listed import listed
from agents.contract import Evidence, Severity

LAMP = Package.of("PyPI", "lamp")


def advisory(
    name: str,
    *events: dict[str, JsonValue],
    aliases: Sequence[str] = (),
    kind: str = "ECOSYSTEM",
    ecosystem: str = "PyPI",
    versions: Sequence[str] = (),
) -> Evidence:
    ranges: list[JsonValue] = [{"type": kind, "events": [*events]}] if events else []
    affected: dict[str, JsonValue] = {
        "ecosystem": ecosystem,
        "name": "lamp",
        "ranges": ranges,
        "versions": [*versions],
    }
    data: dict[str, JsonValue] = {"id": name, "aliases": [*aliases], "affected": [affected]}
    return Evidence(target="advisories:db", source="osv", kind="advisory", key=name, data=data)


def before(fix: str) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    return {"introduced": "0"}, {"fixed": fix}


def exposures(advisories: Sequence[Evidence], *versions: str, ecosystem: str = "PyPI") -> Exposures:
    package = Package.of(ecosystem, "lamp")
    used = [Dependency(package=package, ecosystem=ecosystem, name="lamp", version=version) for version in versions]
    return find_exposures(used, index_advisories(advisories, wanted={package}))


def test_one_flaw_in_three_databases_is_one_exposure_with_all_its_ids() -> None:
    # Given
    advisories = [
        advisory("PYSEC-1", *before("1.5"), aliases=["CVE-1"]),
        advisory("GHSA-1", *before("1.5"), aliases=["CVE-1"]),
        advisory("CVE-1", *before("1.5")),
    ]

    # When
    found = exposures(advisories, "1.0").found

    # Then
    assert [(exposure.canonical, exposure.ids) for exposure in found] == [("CVE-1", ("CVE-1", "GHSA-1", "PYSEC-1"))]
    assert [record.id for record in found[0].advisories] == ["CVE-1", "GHSA-1", "PYSEC-1"]
    assert found[0].reasons[0] == "CVE-1: version 1.0 is in the range introduced 0, fixed 1.5"
    assert found[0].disagreement == ()


def test_two_versions_of_one_package_are_one_exposure_with_two_ways_out() -> None:
    # Given
    branches = advisory("CVE-1", {"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2"}, {"fixed": "2.0.3"})

    # When
    found = exposures([branches], "2.0.1", "1.0", "3.0").found

    # Then
    assert [exposure.versions for exposure in found] == [("1.0", "2.0.1")]
    assert found[0].upgrades == (Upgrade("1.0", "1.5", "minor"), Upgrade("2.0.1", "2.0.3", "patch"))


def test_the_way_out_is_the_lowest_version_that_is_out_of_all_flaws() -> None:
    # Given
    advisories = [
        advisory("CVE-1", *before("1.2")),
        advisory("CVE-2", *before("1.4")),
        advisory("CVE-3", {"introduced": "1.4"}, {"fixed": "1.6"}),
    ]

    # When
    found = exposures(advisories, "1.0").found

    # Then
    assert [exposure.canonical for exposure in found] == ["CVE-1", "CVE-2"]
    assert {exposure.upgrades for exposure in found} == {(Upgrade("1.0", "1.6", "minor"),)}


def test_a_flaw_without_a_fix_has_no_way_out_even_beside_one_with() -> None:
    # Given
    advisories = [advisory("CVE-1", {"introduced": "0"}), advisory("CVE-2", *before("1.4"))]

    # When
    found = exposures(advisories, "1.0").found

    # Then
    assert [exposure.upgrades for exposure in found] == [(), ()]


def test_a_flaw_that_lists_its_versions_only_is_left_by_a_fix_that_another_names() -> None:
    # Given
    advisories = [advisory("CVE-1", versions=["1.0"]), advisory("CVE-2", *before("1.4"))]

    # When
    found = exposures(advisories, "1.0").found

    # Then
    assert {exposure.upgrades for exposure in found} == {(Upgrade("1.0", "1.4", "minor"),)}


def test_databases_that_name_different_fixes_are_kept_and_the_later_fix_is_chosen() -> None:
    # Given
    advisories = [
        advisory("GHSA-1", *before("1.2"), aliases=["CVE-1"]),
        advisory("PYSEC-1", *before("1.3"), aliases=["CVE-1"]),
    ]

    # When
    [exposure] = exposures(advisories, "1.0").found

    # Then
    assert [(said.advisory, said.fixed) for said in exposure.disagreement] == [("GHSA-1", "1.2"), ("PYSEC-1", "1.3")]
    assert exposure.upgrades == (Upgrade("1.0", "1.3", "minor"),)


def test_a_database_that_says_it_is_over_is_outvoted_by_one_that_says_it_is_not_and_both_are_kept() -> None:
    # Given
    advisories = [
        advisory("GHSA-1", *before("1.2"), aliases=["CVE-1"]),
        advisory("PYSEC-1", *before("1.4"), aliases=["CVE-1"]),
    ]

    # When
    [exposure] = exposures(advisories, "1.3").found

    # Then
    assert [record.id for record in exposure.advisories] == ["PYSEC-1"]
    assert [(said.advisory, said.outcome) for said in exposure.disagreement] == [
        ("GHSA-1", Outcome.NOT_AFFECTED),
        ("PYSEC-1", Outcome.AFFECTED),
    ]


def test_the_same_fix_written_otherwise_and_a_missing_one_are_no_disagreement() -> None:
    # Given
    advisories = [
        advisory("GHSA-1", *before("1.2"), aliases=["CVE-1"]),
        advisory("PYSEC-1", *before("1.2.0"), aliases=["CVE-1"]),
        advisory("OSV-1", versions=["1.0"], aliases=["CVE-1"]),
        advisory("GIT-1", *before("c0ffee"), kind="GIT", aliases=["CVE-1"]),
    ]

    # When
    [exposure] = exposures(advisories, "1.0").found

    # Then
    assert exposure.disagreement == ()


def test_what_nobody_can_judge_is_kept_with_its_reason_and_is_no_exposure() -> None:
    # Given
    advisories = [
        advisory("CVE-1", *before("c0ffee"), kind="GIT"),
        advisory("CVE-2", *before("c0ffee"), kind="GIT", aliases=["GHSA-2"]),
        advisory("GHSA-2", *before("0.5")),
    ]

    # When
    found = exposures(advisories, "1.0")

    # Then
    assert found.found == ()
    assert [(case.canonical, case.version, case.reason) for case in found.unjudged] == [
        ("CVE-1", "1.0", "only GIT ranges, which name no versions")
    ]


def test_in_an_unknown_ecosystem_only_what_is_listed_is_found_and_no_way_out_is_guessed() -> None:
    # Given
    advisories = [
        advisory("X-1", *before("2.0"), ecosystem="Cobol", versions=["1.0"], kind="SEMVER"),
        advisory("X-2", *before("2.0"), ecosystem="Cobol"),
    ]

    # When
    found = exposures(advisories, "1.0", ecosystem="Cobol")

    # Then
    assert [(exposure.canonical, exposure.upgrades, exposure.disagreement) for exposure in found.found] == [
        ("X-1", (), ())
    ]
    assert [case.canonical for case in found.unjudged] == ["X-2"]


def test_a_package_without_a_version_is_not_judged() -> None:
    # Then
    assert exposures([advisory("CVE-1", *before("2.0"))], "") == Exposures((), ())


@pytest.mark.parametrize(
    ("current", "version", "expected"),
    [
        ("1.2.3", "1.2.4", "patch"),
        ("1.2.3", "1.3", "minor"),
        ("v1.2.3", "2", "major"),
        ("1.2.3", "1.2.3.1", "patch"),
        ("1", "1.0.1", "patch"),
        ("1.0", "1!1.0", "major"),
        ("1:1.0-1", "1:1.1-1", "minor"),
        ("01.2", "1.3", "minor"),
    ],
)
def test_the_distance_is_the_first_number_that_changes(current: str, version: str, expected: str) -> None:
    # Then
    assert distance(current, version) == expected


def test_a_plain_reading_calls_a_package_made_to_do_harm_by_the_same_claim_as_the_full_one() -> None:
    # Given a release that two databases list, one of which knows that it was made to do harm
    advisories = [advisory("GHSA-1", versions=["1.0"], aliases=["MAL-1"]), advisory("CVE-1", versions=["1.0"])]
    used = [Dependency(package=LAMP, ecosystem="PyPI", name="lamp", version="1.0")]
    index = index_advisories(advisories, wanted={LAMP})

    # When
    plain = listed(used, index, target="sbom:x")
    full = [
        exposure_finding(exposure, target="sbom:x", coverage=(), now=datetime(2026, 3, 1, tzinfo=UTC))
        for exposure in find_exposures(used, index).found
    ]

    # Then
    assert sorted(finding.id for finding in plain) == sorted(finding.id for finding in full)
    assert {finding.kind: finding.severity for finding in plain} == {
        "security.malicious_package": Severity.CRITICAL,
        "security.vulnerable_dependency": Severity.MEDIUM,
    }
