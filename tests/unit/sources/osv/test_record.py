"""OSV records are normalised, and what is wrong with them is noted rather than a reason to lose them."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.osv.dirt import moment
from agents.sources.osv.record import MAX_AFFECTED, NoRecordError, advisory

RECORD = {
    "schema_version": "1.6.0",
    "id": "EX-2024-1",
    "modified": "2024-02-03T04:05:06Z",
    "published": "2024-01-02T00:00:00+02:00",
    "withdrawn": "2024-03-01T00:00:00Z",
    "aliases": ["CVE-2024-1", 5],
    "related": None,
    "summary": "Bad\x1b[31m thing",
    "details": "First sentence. Second." + "x" * 9_999,
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "thing", "purl": "pkg:pypi/thing"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}],
            "versions": ["1.0", "1.1"],
            "database_specific": {"source": "https://example.org/x"},
            "ecosystem_specific": {"big": "x" * 400, "more": ["x" * 400] * 9},
        }
    ],
    "references": [
        {"type": "WEB", "url": "https://example.org/advisory"},
        {"type": "WEB", "url": "javascript:alert(1)"},
        "nonsense",
    ],
    "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-1"], "other": "x"},
    "unheard_of": {"x": 1},
}


def test_a_record_keeps_what_matching_and_people_need() -> None:
    # Given a record with all the usual parts
    one = advisory(RECORD)

    # Then they are there, clean and bounded
    assert (one.id, one.title, one.url) == ("EX-2024-1", "Bad thing", "https://example.org/advisory")
    assert one.modified == datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert one.data["published"] == "2024-01-01T22:00:00+00:00"
    assert one.data["withdrawn"] == "2024-03-01T00:00:00+00:00"
    assert one.data["aliases"] == ["CVE-2024-1"]
    assert one.data["references"] == ["https://example.org/advisory"]
    assert one.data["database_specific"] == {"severity": "HIGH", "cwe_ids": ["CWE-1"]}
    assert len(str(one.data["details"])) == 4_000
    assert one.data["affected"] == [
        {
            "ecosystem": "PyPI",
            "name": "thing",
            "purl": "pkg:pypi/thing",
            "ranges": [{"type": "ECOSYSTEM", "repo": "", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}],
            "versions": ["1.0", "1.1"],
            "severity": [],
            "ecosystem_specific": {},
            "database_specific": {"source": "https://example.org/x"},
        }
    ]
    assert one.dirt == ()


def test_a_record_without_a_summary_is_titled_by_its_first_words() -> None:
    assert advisory({"id": "X-1", "modified": "2024-01-01T00:00:00Z", "details": "One. Two."}).title == "One"
    assert advisory({"id": "X-1", "modified": "2024-01-01T00:00:00Z"}).title == "X-1"


def affected(ranges: object = (), ecosystem: str = "PyPI", **more: object) -> dict[str, object]:
    package = {"ecosystem": ecosystem, "name": "thing"}
    return {
        "id": "X-1",
        "modified": "2024-01-01T00:00:00Z",
        "affected": [{"package": package, "ranges": ranges, **more}],
    }


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (affected([{"type": "GIT", "events": [{"introduced": "abc123"}]}]), "'abc123' is no whole git hash"),
        (affected([{"type": "SEMVER", "events": [{"fixed": "1.x"}]}]), "'1.x' is no semantic version"),
        (affected([{"type": "ECOSYSTEM", "events": [{"fixed": "1.0-beta-x"}]}]), "is no PEP 440 version"),
        (affected(versions=["not a version"]), "'not a version' is no PEP 440 version"),
        (affected([{"type": "ECOSYSTEM", "events": [{"repaired": "1"}]}]), "an event of a range is not one of fixed"),
        (affected([{"type": "GIT", "events": [{}]}]), "an event of a range is not one of"),
        ({"id": "X-1", "modified": "0001-01-01T00:00:00Z"}, "modified '0001-01-01T00:00:00Z' is no date that can be"),
        ({"id": "X-1", "affected": []}, "modified '' is no date that can be"),
        ({"id": "X-1", "modified": "2024-01-01", "published": "soon"}, "published 'soon' is no date"),
        ({"id": "X-1", "modified": "2024-01-01", "affected": {}}, "affected is no list"),
        ({"id": "X-1", "modified": "2024-01-01", "affected": ["x"]}, "affected.0: "),
    ],
)
def test_dirt_is_noted_and_the_record_kept(raw: dict[str, object], note: str) -> None:
    # Given a record that breaks the schema as real ones do
    one = advisory(raw)

    # Then it is kept with a note
    assert any(note in words for words in one.dirt), one.dirt
    assert one.data["dirt"]


def test_clean_ranges_of_every_kind_are_no_dirt() -> None:
    for kind, version in (("GIT", "a" * 40), ("SEMVER", "1.2.3-rc.1"), ("ECOSYSTEM", "1.0rc1")):
        assert advisory(affected([{"type": kind, "events": [{"introduced": "0"}, {"fixed": version}]}])).dirt == ()
    anything = affected([{"type": "ECOSYSTEM", "events": [{"fixed": "1:2-3"}]}], "Debian:12", versions=["1:2-3"])
    assert advisory(anything).dirt == ()
    assert advisory({"id": "X-1", "modified": "2024-01-01", "affected": [{"ranges": None}]}).dirt == ()


def test_a_long_list_of_dirt_is_cut_with_a_count() -> None:
    one = advisory(affected(versions=[f"bad version {number}" for number in range(15)]))
    assert len(one.dirt) == 15
    notes = one.data["dirt"]
    assert isinstance(notes, list)
    assert (len(notes), notes[-1]) == (11, "and 5 more")


def test_a_package_that_cannot_be_read_is_told_apart_from_one_that_can() -> None:
    # Given a record with a good and a bad package
    one = advisory({"id": "X-1", "modified": "2024-01-01", "affected": [{"versions": 5}, {"package": {"name": "a"}}]})

    # Then the good one is kept, and the loss is said
    assert [words.partition(":")[0] for words in one.lost] == ["affected.0.versions"]
    kept = one.data["affected"]
    assert isinstance(kept, list)
    assert len(kept) == 1


def test_more_packages_than_can_be_are_cut_and_said() -> None:
    one = advisory({"id": "X-1", "modified": "2024-01-01", "affected": [{}] * (MAX_AFFECTED + 1)})
    assert one.lost == (f"affected has {MAX_AFFECTED + 1:,} packages, of which {MAX_AFFECTED:,} were read",)


def test_a_record_withdrawn_at_no_time_is_withdrawn_all_the_same() -> None:
    assert advisory({"id": "X-1", "withdrawn": "yes"}).data["withdrawn"] == "yes"
    assert advisory({"id": "X-1", "withdrawn": True}).data["withdrawn"] == "True"
    assert advisory({"id": "X-1", "withdrawn": None}).data["withdrawn"] == ""


def test_severities_of_no_known_form_are_none() -> None:
    assert advisory({"id": "X-1", "affected": [], "severity": "HIGH"}).data["severity"] == []


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"id": 5}, {"id": "\x00"}, {"id": "X-1", "name": "package"}])
def test_what_is_no_record_is_refused(raw: object) -> None:
    with pytest.raises(NoRecordError):
        advisory(raw)


def test_moments_are_in_utc_and_in_years_that_can_be() -> None:
    assert moment("2024-01-01") == datetime(2024, 1, 1, tzinfo=UTC)
    assert moment("9999-12-31T23:59:59-12:00") is None
    assert moment("0001-01-01T00:00:00+14:00") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["package", "ranges", "events", "versions", "severity", "fixed", "name", "type"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(list(RECORD)), JSON))
def test_no_record_breaks_the_reading(raw: dict[str, object]) -> None:
    # Given a record whose every part may be anything
    one = advisory({**raw, "id": "X-1", "affected": raw.get("affected")})

    # Then it becomes JSON that any database takes
    assert json.loads(json.dumps(dict(one.data), allow_nan=False).encode("utf-8")) == one.data
