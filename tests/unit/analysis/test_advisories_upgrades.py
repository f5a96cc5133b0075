"""The choice of what to upgrade to: over all worlds of releases and flaws, and case by case."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.analysis.advisories import Advisory, Affected, Event, Outcome, Package, VersionRange, find_upgrade, judge
from agents.analysis.advisories.blocked import Blocked, find_blocked
from agents.analysis.advisories.prerelease import is_prerelease
from agents.analysis.advisories.release import Release, in_order
from agents.analysis.advisories.upgrade import Upgrade, find_retreat
from agents.analysis.versions import order

LAMP = Package.of("PyPI", "lamp")
PYPI = order("PyPI")
VERSIONS = [f"{major}.{minor}{suffix}" for major in range(3) for minor in range(3) for suffix in ("", ".1", "rc1")]


def flaw(name: str, *ranges: tuple[str, str], listed: tuple[str, ...] = (), package: Package = LAMP) -> Advisory:
    """Return a flaw of half-open ranges; an empty end is none."""
    spans = tuple(
        VersionRange("ECOSYSTEM", (Event("introduced", begin), *([Event("fixed", end)] if end else [])))
        for begin, end in ranges
    )
    affected = Affected(package=package, ecosystem=package.ecosystem, ranges=spans, versions=listed)
    return Advisory(id=name, affected=(affected,))


spans = st.tuples(st.sampled_from(["0", *VERSIONS]), st.sampled_from(["", *VERSIONS]))
flaws = st.lists(
    st.builds(
        lambda ranges, listed: (tuple(ranges), tuple(listed)),
        st.lists(spans, max_size=2),
        st.lists(st.sampled_from(VERSIONS), max_size=2),
    ),
    max_size=4,
).map(lambda raw: [flaw(f"F-{number}", *ranges, listed=listed) for number, (ranges, listed) in enumerate(raw)])
worlds = st.lists(
    st.builds(Release, st.sampled_from(VERSIONS), yanked=st.booleans(), prerelease=st.booleans()),
    unique_by=lambda release: release.version,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(VERSIONS), flaws, worlds)
def test_the_release_that_is_chosen_is_the_lowest_that_is_fit(
    current: str, known: list[Advisory], releases: list[Release]
) -> None:
    # Given the flaws that hold for the version in use
    matched = [one for one in known if judge(one.about(LAMP), current).affected]

    # When
    found = find_upgrade(LAMP, current, matched=matched, known=known, releases=in_order(LAMP, releases))

    # Then whatever is later, final and out of all flaws is fit, and the lowest of it is chosen
    fit = [
        one.version
        for one in releases
        if PYPI.compare(one.version, current) > 0
        and not one.yanked
        and not one.prerelease
        and all(judge(each.about(LAMP), one.version).outcome is Outcome.NOT_AFFECTED for each in matched)
        and not any(judge(each.about(LAMP), one.version).affected for each in known)
    ]
    lowest = min(fit, key=PYPI.key, default=None)
    assert (found.version if found else None) == lowest
    # And so many final releases lie on the way, itself included
    if found:
        way = [one for one in releases if one.final and PYPI.compare(current, one.version) < 0]
        assert found.releases == sum(PYPI.compare(one.version, found.version) <= 0 for one in way)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(VERSIONS), flaws)
def test_without_a_list_of_releases_a_fix_that_is_named_is_chosen_and_never_a_pre_release(
    current: str, known: list[Advisory]
) -> None:
    # Given
    matched = [one for one in known if judge(one.about(LAMP), current).affected]
    named = {
        event.version
        for one in known
        for span in one.affected[0].ranges
        for event in span.events
        if event.kind == "fixed"
    }

    # When
    found = find_upgrade(LAMP, current, matched=matched, known=known)

    # Then
    if found:
        assert found.version in named
        assert "rc" not in found.version
        assert PYPI.compare(found.version, current) > 0
        assert found.releases is None


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(VERSIONS), flaws, worlds)
def test_a_way_back_is_the_highest_earlier_release_that_no_flaw_holds_for(
    current: str, known: list[Advisory], releases: list[Release]
) -> None:
    # When
    found = find_retreat(LAMP, current, known=known, releases=releases)

    # Then
    clean = [
        one.version
        for one in releases
        if one.final
        and PYPI.compare(one.version, current) < 0
        and not any(judge(each.about(LAMP), one.version).affected for each in known)
    ]
    assert found == max(clean, key=PYPI.key, default="")


def test_the_order_in_which_releases_are_given_is_no_matter() -> None:
    # Given
    known = [flaw("F-1", ("0", "1.1"))]
    releases = [Release("1.10"), Release("1.2"), Release("1.0")]

    # When / Then
    ways = {
        find_upgrade(LAMP, "1.0", matched=known, known=known, releases=order)
        for order in (releases, releases[::-1], in_order(LAMP, releases))
    }
    assert ways == {Upgrade("1.0", "1.2", "minor", 1)}


def test_a_fix_that_nobody_can_go_to_is_named_with_the_reason() -> None:
    # Given
    known = [
        flaw("F-1", ("0", "1.1")),
        flaw("F-2", ("0", "1.2rc1")),
        flaw("F-3", ("0", "1.3")),
        flaw("F-4", ("0", "1.4")),
    ]
    releases = [Release("1.1.0", yanked=True), Release("1.2rc1", prerelease=True), Release("1.4")]

    # When
    listed = find_blocked(LAMP, "1.0", matched=known, releases=releases)
    unlisted = find_blocked(LAMP, "1.0", matched=known, releases=None)

    # Then
    assert listed == (
        Blocked("1.1", "taken back"),
        Blocked("1.2rc1", "a pre-release"),
        Blocked("1.3", "not among its releases"),
    )
    assert unlisted == (Blocked("1.2rc1", "a pre-release"),)


def test_in_an_unknown_ecosystem_nothing_is_chosen() -> None:
    # Given
    tape = Package.of("Cobol", "tape")
    known = [flaw("F-1", ("0", "2"), package=tape)]
    releases = [Release("2"), Release("1")]

    # When / Then
    assert find_upgrade(tape, "1", matched=known, known=known, releases=releases) is None
    assert find_blocked(tape, "1", matched=known, releases=[]) == ()
    assert find_retreat(tape, "2", known=[], releases=releases) == ""
    assert in_order(tape, releases) == (Release("1"), Release("2"))


@pytest.mark.parametrize(
    ("ecosystem", "version", "expected"),
    [
        ("pypi", "1.0rc1", True),
        ("pypi", "1.0.dev3", True),
        ("pypi", "1.0.post1", False),
        ("pypi", "1.0-custom", False),
        ("pypi", "1.0-custom-beta", True),
        ("npm", "1.0.0-next.1", True),
        ("npm", "1.0.0", False),
        ("npm", "1.0.0+build-1", False),
        ("nuget", "1.0.0-preview", True),
        ("go", "0.0.0-20201216223049-8b5274cf687f", False),
        ("go", "1.2.3-rc.1", True),
        ("maven", "1.0-SNAPSHOT", True),
        ("maven", "31.1-jre", False),
        ("debian", "1.0~rc1-1", True),
        ("debian", "1.0-3+deb11u1", False),
        ("cobol", "1.0beta", True),
        ("npm", "trunk", False),
    ],
)
def test_a_pre_release_is_told_by_its_ecosystems_rules(ecosystem: str, version: str, *, expected: bool) -> None:
    # Then
    assert is_prerelease(ecosystem, version) is expected
