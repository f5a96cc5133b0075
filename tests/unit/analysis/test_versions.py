"""Each ecosystem's order on cases of our own, with the rule that decides them."""

import pytest

from agents.analysis.versions import UnknownEcosystemError, order
from agents.errors import BadEvidenceError

ASCENDING = {
    "PyPI": ["0.9.dev1", "0.9a1", "0.9rc2", "0.9", "0.9.post1", "0.10", "1!0.1"],
    "npm": ["1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-a", "1.0.0-a.1", "1.0.0-b", "1.0.0", "1.0.1", "1.1.0", "2"],
    "Pub": ["3.1.0-x", "3.1.0-x+1", "3.1.0", "3.1.0+2", "3.1.0+10", "3.1.0+b", "3.1.1"],
    "Maven": ["2-alpha-1", "2-beta-2", "2-m3", "2-rc", "2-snapshot", "2", "2-sp", "2-zeta", "2-1", "2.1", "2.1.1"],
    "RubyGems": ["4.a", "4.b1", "4.b2", "4.b10", "4", "4.0.1.a", "4.0.1", "4.1"],
    "Packagist": ["3.0-dev", "3.0a1", "3.0-beta", "v3.0RC1", "3.0", "3.0.1", "3.0pl1", "3.1"],
    "Alpine:v3.20": ["5.1_alpha", "5.1_beta2", "5.1_rc1", "5.1", "5.1-r1", "5.1-r2", "5.1_p1", "5.1a", "5.1.1"],
    "Debian:12": ["7.0~rc1-1", "7.0-1~deb12u1", "7.0-1", "7.0-1+b1", "7.0a-1", "7.0+dfsg-1", "1:2.0"],
    "Red Hat": ["8.0~rc1", "8.0", "8.0-", "8.0-1.el9", "8.0-1.el10", "8.0^git1", "8.0.1", "1:0.1"],
    "NuGet": ["6.0.0-alpha", "6.0.0-beta.2", "6.0.0-BETA.10", "6.0", "6.0.0.1", "6.0.1"],
    "CRAN": ["1.9", "1.9.0", "1.9-1", "1.75"],
    "Hackage": ["1.9", "1.9.0", "1.75.0.1"],
}
EQUAL = {
    "PyPI": [("1.0", "1.0.0"), ("1.0-RC.1", "1.0rc1"), (" 1.0 ", "1.0")],
    "npm": [("v1.2.3", "1.2.3"), ("1.2.3+linux", "1.2.3+mac"), ("1.2", "1.2.0"), ("1.2.3rc1", "1.2.3-rc1")],
    "Maven": [
        ("3", "3.0.0"),
        ("3.ga", "3"),
        ("3-final", "3"),
        ("3.RELEASE", "3"),
        ("3-cr2", "3rc2"),
        ("3a1", "3-alpha-1"),
    ],
    "RubyGems": [("2.0.0", "2"), ("2.0.b1", "2.b1"), ("2-rc1", "2.pre.rc1")],
    "Packagist": [("v2.1", "2.1"), ("2.1-b1", "2.1.beta.1"), ("2.1_1", "2.1.1")],
    "Alpine": [("3.1-r", "3.1-r0"), ("3.1..2", "3.1.2")],
    "Ubuntu:22.04": [("2.00", "2.0"), ("2.0-0", "2.0"), ("0:2.0", "2.0")],
    "Rocky Linux": [("2.0", "2_0"), ("0:2.0", "2.0"), ("2.010", "2.10")],
    "NuGet": [("4.0", "4.0.0.0"), ("4.0.0+build", "4.0.0")],
}


@pytest.mark.parametrize("ecosystem", ASCENDING)
def test_each_version_is_newer_than_all_before_it(ecosystem: str) -> None:
    # Given
    versions = order(ecosystem)
    ascending = ASCENDING[ecosystem]
    descending = ascending[::-1]

    # When
    signs = [versions.compare(a, b) for index, a in enumerate(ascending) for b in ascending[index + 1 :]]

    # Then
    assert set(signs) == {-1}
    assert all(versions.readable(version) for version in ascending)
    assert sorted(descending, key=versions.key) == ascending


@pytest.mark.parametrize("ecosystem", EQUAL)
def test_versions_that_differ_only_in_writing_are_equal(ecosystem: str) -> None:
    # Given
    versions = order(ecosystem)

    # When
    signs = [(versions.compare(a, b), versions.compare(b, a)) for a, b in EQUAL[ecosystem]]

    # Then
    assert set(signs) == {(0, 0)}


@pytest.mark.parametrize(
    ("ecosystem", "unreadable"),
    [
        ("PyPI", "trunk"),
        ("PyPI", "9" * 5_000),
        ("npm", "latest"),
        ("Pub", "any"),
        ("Maven", ""),
        ("RubyGems", "???"),
        ("Packagist", "dev-main"),
        ("Alpine", ""),
        ("Debian", "one_two"),
        ("Red Hat", ""),
        ("NuGet", "1.*"),
        ("NuGet", ""),
        ("NuGet", "1 2"),
        ("CRAN", "1.x"),
        ("Hackage", "1-2"),
    ],
)
def test_what_no_rule_can_read_is_said_to_be_unreadable_and_older_than_the_rest(
    ecosystem: str, unreadable: str
) -> None:
    # Given
    versions = order(ecosystem)

    # When
    sign = versions.compare(unreadable, "0.0.1")

    # Then
    assert not versions.readable(unreadable)
    assert sign == -1


def test_unreadable_versions_are_ordered_by_their_numbers_and_words() -> None:
    # Given
    versions = order("npm")

    # When
    ordered = sorted(["build-10", "build-9", "alpha", "Build-9-x"], key=versions.key)

    # Then
    assert ordered == ["alpha", "build-9", "Build-9-x", "build-10"]


def test_python_versions_from_before_pep_440_keep_the_order_of_their_time() -> None:
    # Given
    versions = order("PyPI")
    ascending = ["1.0-x-dev", "1.0-x", "1.0-x-1", "1.0-x-2", "1.1-trunk", "2-x"]
    descending = ascending[::-1]

    # When
    ordered = sorted(descending, key=versions.key)

    # Then
    assert ordered == ascending
    assert versions.compare("1.0.0-x", "1-x") == 0


def test_numbers_may_be_longer_than_any_machine_counts() -> None:
    # Given
    long, longer = "1" * 6_000, "1" * 6_001

    # When
    signs = {ecosystem: order(ecosystem).compare(long, longer) for ecosystem in ("npm", "Maven", "RubyGems", "CRAN")}

    # Then
    assert set(signs.values()) == {-1}


def test_digits_may_follow_an_alpine_letter_and_a_commit_an_alpine_version() -> None:
    # Given
    versions = order("Alpine")

    # When
    letters = versions.compare("6.0p1-r1", "6.0p2-r0")
    commits = versions.compare("6.0~ab12", "6.0~ab13")
    broken = versions.compare("6.0-x", "6.0")

    # Then
    assert (letters, commits, broken) == (-1, -1, -1)


def test_an_alpine_number_with_a_leading_zero_sorts_as_text_after_the_first() -> None:
    # Given
    versions = order("Wolfi")

    # When
    signs = (versions.compare("1.05", "1.1"), versions.compare("1.050", "1.05"), versions.compare("007", "6"))

    # Then
    assert signs == (-1, 1, 1)


def test_mavens_own_ring_is_kept_as_maven_has_it() -> None:
    # Given
    versions = order("Maven")

    # When
    ring = [("1.0.0-gradle", "1.0.0.RC7"), ("1.0.0.RC7", "1.0.0"), ("1.0.0", "1.0.0-gradle")]

    # Then
    assert [versions.compare(a, b) for a, b in ring] == [-1, -1, -1]


def test_a_maven_version_may_begin_with_a_separator() -> None:
    # Given
    versions = order("Maven")

    # When
    sign = versions.compare(".1", "0.1")

    # Then
    assert sign == 0


def test_packagist_reads_a_hash_as_the_end_and_unknown_words_as_older_than_dev() -> None:
    # Given
    versions = order("Packagist")

    # When
    signs = (versions.compare("2.1.#", "2.1"), versions.compare("2.1.#.3", "2.1"), versions.compare("2.1xyz", "2.1dev"))

    # Then
    assert signs == (0, 1, -1)


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("Debian:11", "debian"),
        ("Alpine:v3.18", "Wolfi"),
        ("AlmaLinux:9", "SUSE"),
        ("crates.io", "Go"),
        ("Hex", "Bitnami"),
    ],
)
def test_a_release_and_case_do_not_change_an_ecosystems_order(written: str, same_as: str) -> None:
    # Then
    assert order(written) == order(same_as)


@pytest.mark.parametrize("ecosystem", ["", "Cobol", "ConanCenter", "GIT", ":12"])
def test_an_ecosystem_without_known_rules_is_refused_and_named(ecosystem: str) -> None:
    # When / Then
    with pytest.raises(UnknownEcosystemError, match=f"ecosystem '{ecosystem}'.*OSV's names") as caught:
        order(ecosystem)
    assert isinstance(caught.value, BadEvidenceError)
