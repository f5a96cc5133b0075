"""Ids of one flaw in several databases."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.analysis.advisories import AliasGroups


def test_aliases_are_transitive_even_through_an_id_that_no_record_has() -> None:
    # Given
    groups = AliasGroups()

    # When
    groups.add("GHSA-a", ["CVE-2"])
    groups.add("PYSEC-b", ["CVE-2"])
    groups.add("PYSEC-c", ["CVE-3"])

    # Then
    found = groups.groups()
    assert found["GHSA-a"] == found["PYSEC-b"] == ("CVE-2", "GHSA-a", "PYSEC-b")
    assert found["PYSEC-c"] == ("CVE-3", "PYSEC-c")


def test_the_best_known_database_speaks_for_the_group_and_then_the_lowest_number() -> None:
    # Given
    groups = AliasGroups()

    # When
    groups.add("OSV-1", ["PYSEC-2020-1", "GHSA-z", "CVE-2020-10", "CVE-2020-9"])
    groups.add("RUSTSEC-1", ["PYSEC-2"])
    groups.add("ZZZ-1")

    # Then
    found = groups.groups()
    assert found["OSV-1"] == ("CVE-2020-9", "CVE-2020-10", "GHSA-z", "PYSEC-2020-1", "OSV-1")
    assert found["RUSTSEC-1"][0] == "PYSEC-2"
    assert found["ZZZ-1"] == ("ZZZ-1",)


ids = st.integers(0, 9).map(lambda number: f"CVE-{number}")
records = st.lists(st.tuples(ids, st.lists(ids, max_size=2)), max_size=8)


@settings(deadline=None, max_examples=100)
@given(found=records, seed=st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_change_the_groups(found: list[tuple[str, list[str]]], seed: Random) -> None:
    # Given
    shuffled = list(found)
    seed.shuffle(shuffled)
    one, other = AliasGroups(), AliasGroups()

    # When
    for advisory, aliases in found:
        one.add(advisory, aliases)
    for advisory, aliases in shuffled:
        other.add(advisory, aliases)

    # Then
    assert one.groups() == other.groups()
