"""What a repository says of its own flaws becomes the same evidence as an OSV record."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from support.forge import Forge, Watcher, said
from support.services import Service, service

from agents.analysis.advisories.matching import judge
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import read_advisory
from agents.contract import CoverageState, Evidence
from agents.sources.osv.record import advisory as osv_advisory

SOURCE = "github:advisories"
ID = "GHSA-aaaa-bbbb-cccc"


def item(**changed: object) -> dict[str, Any]:
    """Return an advisory as GitHub tells it."""
    told = {
        "ghsa_id": ID,
        "cve_id": "CVE-2026-0001",
        "html_url": f"https://github.com/o/r/security/advisories/{ID}",
        "summary": "It \u202eleaks\x00",
        "description": "Much",
        "severity": "medium",
        "identifiers": [{"value": ID, "type": "GHSA"}, {"value": "CVE-2026-0001", "type": "CVE"}],
        "state": "published",
        "published_at": "2026-10-01T00:00:00Z",
        "updated_at": "2026-10-02T00:00:00Z",
        "withdrawn_at": None,
        "vulnerabilities": [flaw()],
        "cvss": {"vector_string": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "score": 7.5},
        "cwe_ids": ["CWE-79"],
    }
    return {**told, **changed}


def flaw(
    versions: str = ">= 1.0, < 2.3", *, patched: str = "2.3", ecosystem: str = "pip", name: str = "Some_Package"
) -> dict[str, Any]:
    """Return what is said of one package."""
    package = {"ecosystem": ecosystem, "name": name}
    return {"package": package, "vulnerable_version_range": versions, "patched_versions": patched}


@pytest.fixture
def forge() -> Forge:
    """Return a forge with one advisory."""
    return Forge(advisories=[item()])


@pytest.fixture
def there(forge: Forge) -> Iterator[Service]:
    """Yield the forge's service."""
    with service(forge) as running:
        yield running


@pytest.fixture
def watcher(there: Service) -> Watcher:
    """Return who watches it."""
    return Watcher(there.url)


def told(watcher: Watcher) -> list[Evidence]:
    """Return the advisories that are known after a look."""
    watcher.look()
    return [one for one in watcher.known.values() if one.kind == "advisory"]


def test_an_advisory_is_told_as_the_osv_reader_tells_it(watcher: Watcher) -> None:
    (found,) = told(watcher)
    assert (found.source, found.kind, found.key, found.title) == ("github", "advisory", ID, "It leaks")
    assert found.at == datetime(2026, 10, 2, tzinfo=UTC)
    assert found.url == f"https://github.com/o/r/security/advisories/{ID}"
    # Its data has the very fields of a record that OSV itself gave
    other = osv_advisory({"id": "X", "modified": "2026-10-02T00:00:00Z", "affected": [{"package": {}}]})
    assert found.data.keys() == other.data.keys()
    assert found.data["aliases"] == ["CVE-2026-0001"]
    assert found.data["severity"] == [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}]
    assert found.data["database_specific"] == {"severity": "MODERATE", "cwe_ids": ["CWE-79"]}
    assert found.data["dirt"] == []
    # And it is found by its package and by its names
    assert found.about == (
        "ecosystem:pypi",
        "flaw:CVE-2026-0001",
        f"flaw:{ID}",
        "package:pypi/some-package",
    )
    # And the matching reads it
    read = read_advisory(found)
    assert read is not None
    affected = read.about(Package.of("PyPI", "some-package"))
    assert judge(affected, "2.2").affected
    assert not judge(affected, "2.3").affected
    assert watcher.coverage[SOURCE].state is CoverageState.COMPLETE


@pytest.mark.parametrize("state", ["draft", "triage", "closed", "something new"])
def test_what_is_not_public_is_nobodys_business(forge: Forge, watcher: Watcher, state: str) -> None:
    # Given a token that may see what its repository has not published
    forge.advisories = [item(state=state, summary="embargoed")]
    assert told(watcher) == []
    assert watcher.coverage[SOURCE].state is CoverageState.ZERO
    assert "embargoed" not in repr(watcher.look())


@pytest.mark.parametrize(
    "changed",
    [
        {"withdrawn_at": "2026-10-03T00:00:00Z"},
        {"state": "withdrawn", "withdrawn_at": "2026-10-03T00:00:00Z"},
        {"state": "withdrawn", "updated_at": "2026-10-03T00:00:00Z"},
    ],
)
def test_a_withdrawn_advisory_is_kept_and_filed_under_nothing(
    forge: Forge, watcher: Watcher, changed: dict[str, str]
) -> None:
    (before,) = told(watcher)
    assert before.about
    forge.advisories = [item(**changed)]
    (found,) = told(watcher)
    assert (found.id, found.data["withdrawn"], found.about) == (before.id, "2026-10-03T00:00:00+00:00", ())


def test_an_advisory_that_is_listed_no_more_is_gone(forge: Forge, watcher: Watcher) -> None:
    forge.advisories.append(item(ghsa_id="GHSA-1111-2222-3333"))
    assert len(told(watcher)) == 2
    del forge.advisories[0]
    assert [one.key for one in told(watcher)] == ["GHSA-1111-2222-3333"]


@pytest.mark.parametrize("broken", ["odd", {}, {"ghsa_id": "CVE-2026-1"}, {"ghsa_id": 7}, {"ghsa_id": ID + "\x00"}])
def test_where_one_cannot_be_read_none_is_taken_for_gone(forge: Forge, watcher: Watcher, broken: object) -> None:
    told(watcher)
    forge.instead["security-advisories"] = said([broken])
    assert [one.key for one in told(watcher)] == [ID]
    assert len(watcher.strays) == 1
    assert "ghsa_id is missing or none of GitHub's" in watcher.strays[0].reason
    assert watcher.coverage[SOURCE].state is CoverageState.PARTIAL
    assert watcher.coverage[SOURCE].detail == "1 advisory could not be read and were put aside"


def test_more_advisories_than_may_be_read_are_said(forge: Forge, there: Service) -> None:
    forge.advisories = [item(ghsa_id=f"GHSA-0000-0000-{number:04}") for number in range(150)]
    watcher = Watcher(there.url, options={"max_advisories": 100})
    assert len(told(watcher)) == 100
    assert watcher.coverage[SOURCE].detail == "the newest 100; raise the target's option max_advisories to read more"
    # And those that are known, and are not among them, are not taken for gone
    forge.advisories.reverse()
    assert len(told(watcher)) == 150


def test_packages_that_are_none_and_versions_that_cannot_be_read_are_said(forge: Forge, watcher: Watcher) -> None:
    forge.advisories = [
        item(
            vulnerabilities=[
                flaw("All", ecosystem="none", name="apache/thing"),
                flaw("All", ecosystem="maven", name=""),
                flaw("12.0.0 < 13.0.0", patched="13.0.0", ecosystem="MAVEN", name=" g:a"),
                "odd",
                {"package": None},
            ]
        )
    ]
    (found,) = told(watcher)
    assert found.data["dirt"] == [
        "'apache/thing' of 'none' is no package of an ecosystem that is known",
        "'' of 'maven' is no package of an ecosystem that is known",
        "the affected versions '12.0.0 < 13.0.0' cannot be read",
        "'' of '' is no package of an ecosystem that is known",
    ]
    # The package is named all the same, with what was written about it
    affected: Any = found.data["affected"]
    assert [(one["ecosystem"], one["name"], one["ranges"]) for one in affected] == [("Maven", "g:a", [])]
    assert affected[0]["database_specific"] == {
        "vulnerable_version_range": "12.0.0 < 13.0.0",
        "patched_versions": "13.0.0",
    }
    assert "package:maven/g:a" in found.about
    assert watcher.coverage[SOURCE].detail == (
        "read as far as they go, for they name versions or packages that are none: 1"
    )


def test_what_is_said_of_one_package_twice_is_one_entry(forge: Forge, watcher: Watcher) -> None:
    forge.advisories = [item(vulnerabilities=[flaw("< 1.2"), flaw("= 3.0", patched=""), flaw("< 5", name="other")])]
    (found,) = told(watcher)
    affected: Any = found.data["affected"]
    assert [(one["name"], len(one["ranges"]), one["versions"]) for one in affected] == [
        ("Some_Package", 1, ["3.0"]),
        ("other", 1, []),
    ]


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({"cvss": None}, []),
        ({"cvss": {"vector_string": None}}, []),
        ({"cvss": {"vector_string": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}}, ["CVSS_V2"]),
        ({"cvss": {"vector_string": "9.8"}}, []),
        (
            {
                "cvss_severities": {
                    "cvss_v3": {"vector_string": "CVSS:3.0/AV:N"},
                    "cvss_v4": {"vector_string": "CVSS:4.0/AV:N"},
                }
            },
            ["CVSS_V3", "CVSS_V4"],
        ),
        ({"cvss_severities": {"cvss_v4": None}}, ["CVSS_V3"]),
    ],
)
def test_vectors_are_named_by_what_they_are(
    forge: Forge, watcher: Watcher, changed: dict[str, Any], kinds: list[str]
) -> None:
    forge.advisories = [item(**changed)]
    (found,) = told(watcher)
    severity: Any = found.data["severity"]
    assert [one["type"] for one in severity] == kinds


def test_the_form_of_githubs_own_database_is_read_too(forge: Forge, watcher: Watcher) -> None:
    # Given an advisory without a state, whose fix and pages stand elsewhere
    one = item(
        references=["https://example.org/a", {"url": "https://example.org/b"}, 5, "https://example.org/a"],
        cwes=[{"cwe_id": "CWE-506"}, {"cwe_id": 5}],
        cwe_ids=None,
        severity=None,
        identifiers="none",
        vulnerabilities=[
            {**flaw("<= 1.0", patched=""), "first_patched_version": "1.1"},
            {**flaw("<= 2.0", patched="", name="b"), "first_patched_version": {"identifier": "2.1"}},
        ],
    )
    del one["state"]
    forge.advisories = [one]
    (found,) = told(watcher)
    affected: Any = found.data["affected"]
    assert [entry["ranges"][0]["events"][-1] for entry in affected] == [{"fixed": "1.1"}, {"fixed": "2.1"}]
    references: Any = found.data["references"]
    assert references[1:] == ["https://example.org/a", "https://example.org/b"]
    assert found.data["database_specific"] == {"severity": "", "cwe_ids": ["CWE-506"]}
    assert found.data["aliases"] == ["CVE-2026-0001"]
    read = read_advisory(found)
    assert read is not None
    assert read.malicious


def test_without_a_token_none_is_taken_for_gone(forge: Forge, watcher: Watcher) -> None:
    told(watcher)
    watcher.token = ""
    assert [one.key for one in told(watcher)] == [ID]
    assert watcher.coverage[SOURCE].state is CoverageState.NOT_COLLECTED
    assert watcher.coverage[SOURCE].as_of is None
    # And whoever asks for them has them all the same
    watcher.options = {"max_advisories": 100}
    del watcher.known[watcher.told[0].id]
    assert [one.key for one in told(watcher)] == [ID]
    assert watcher.coverage[SOURCE].state is CoverageState.COMPLETE
