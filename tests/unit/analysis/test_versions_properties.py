"""Every order holds on whatever a stranger may write."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.analysis.versions import order

ECOSYSTEMS = (
    "Alpine",
    "CRAN",
    "Debian",
    "Hackage",
    "Maven",
    "NuGet",
    "Packagist",
    "Pub",
    "PyPI",
    "Red Hat",
    "RubyGems",
    "npm",
)
TRANSITIVE = tuple(name for name in ECOSYSTEMS if name != "Maven")
WORDS = ("a", "b", "rc", "dev", "alpha", "p", "post", "el9", "_rc", "-r", "pl", "#", "final", "SNAPSHOT", "x")
MARKS = (".", "-", "+", "~", "^", ":", "!", "_", "")
pieces = st.one_of(st.integers(0, 12).map(str), st.sampled_from(("00", "01")), st.sampled_from((*WORDS, *MARKS)))
likely = st.lists(pieces, min_size=1, max_size=7).map("".join)
anything = st.one_of(likely, st.text(max_size=12))
numbers = st.lists(st.integers(0, 3).map(str), min_size=1, max_size=4).map(".".join)
qualifiers = st.sampled_from(("", "-alpha-1", "-alpha-2", "-beta", "-rc-1", "-SNAPSHOT", "-sp", "-1", "-2"))
ordinary_maven = st.tuples(numbers, qualifiers).map("".join)


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
@settings(deadline=None, max_examples=60)
@given(a=anything, b=anything)
def test_comparing_backwards_turns_the_sign(ecosystem: str, a: str, b: str) -> None:
    # Given
    versions = order(ecosystem)

    # Then
    assert versions.compare(a, b) == -versions.compare(b, a)
    assert versions.compare(a, a) == 0


@pytest.mark.parametrize("ecosystem", TRANSITIVE)
@settings(deadline=None, max_examples=60)
@given(three=st.lists(anything, min_size=3, max_size=3))
def test_the_order_has_no_rings(ecosystem: str, three: list[str]) -> None:
    # Given
    versions = order(ecosystem)

    # When
    low, middle, high = sorted(three, key=versions.key)

    # Then
    assert versions.compare(low, middle) <= 0
    assert versions.compare(middle, high) <= 0
    assert versions.compare(low, high) <= 0
    assert (versions.compare(low, high) == 0) == (versions.compare(low, middle) == versions.compare(middle, high) == 0)


@settings(deadline=None, max_examples=200)
@given(three=st.lists(ordinary_maven, min_size=3, max_size=3))
def test_mavens_order_has_no_rings_on_ordinary_versions(three: list[str]) -> None:
    # Given
    versions = order("Maven")

    # When
    low, middle, high = sorted(three, key=versions.key)

    # Then
    assert versions.compare(low, middle) <= 0
    assert versions.compare(middle, high) <= 0
    assert versions.compare(low, high) <= 0


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
@settings(deadline=None, max_examples=40)
@given(text=anything)
def test_unreadable_versions_are_older_than_every_readable_one(ecosystem: str, text: str) -> None:
    # Given
    versions = order(ecosystem)

    # When
    sign = versions.compare(text, "0")

    # Then
    assert versions.readable("0")
    assert versions.readable(text) or sign == -1


@settings(deadline=None, max_examples=100)
@given(parts=st.lists(st.integers(0, 99), min_size=1, max_size=3), step=st.integers(1, 9))
def test_a_higher_last_number_is_newer_everywhere(parts: list[int], step: int) -> None:
    # Given
    old = ".".join(map(str, parts))
    new = ".".join(map(str, [*parts[:-1], parts[-1] + step]))

    # When
    signs = {ecosystem: order(ecosystem).compare(old, new) for ecosystem in ECOSYSTEMS}

    # Then
    assert set(signs.values()) == {-1}
