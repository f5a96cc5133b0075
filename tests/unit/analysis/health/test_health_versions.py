"""Versions: read from whatever people write around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.health.versions import Version, may_break, parse_version, step


def version(text: str) -> Version:
    found = parse_version(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("text", "prefix", "number"),
    [
        ("v1.2", "", "1.2"),
        ("V1.2.3", "", "1.2.3"),
        ("v.1.2", "", "1.2"),
        ("1.2.3", "", "1.2.3"),
        ("release-1.2", "", "1.2"),
        ("rel_1_2_3", "", "1.2.3"),
        ("REL1_2", "", "1.2"),
        ("version 1.2", "", "1.2"),
        ("[1.2.3] - 2026-01-31", "", "1.2.3"),
        ("1.0.0 (2026-01-31)", "", "1.0.0"),
        ("pkg-1.2.3", "pkg", "1.2.3"),
        ("pkg@1.2.3", "pkg", "1.2.3"),
        ("@scope/pkg@1.2.3", "scope/pkg", "1.2.3"),
        ("Release/v1.2", "release", "1.2"),
        ("py3.11-2.0", "py3.11", "2.0"),
        ("lib-2to3-1.0", "lib-2to3", "1.0"),
        ("pkg-v2", "pkg", "2"),
        ("v1", "", "1"),
        ("1.2.3.Final", "", "1.2.3"),
        ("swift-5.9-RELEASE", "swift", "5.9"),
        ("1.2.3+build.5", "", "1.2.3+build.5"),
        ("2026.01.05", "", "2026.1.5"),
    ],
)
def test_a_version_is_found_behind_any_usual_prefix(text: str, prefix: str, number: str) -> None:
    found = version(text)
    assert (found.prefix, str(found), found.pre) == (prefix, number, False)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("v2.0.0-beta", "2.0.0b0"),
        ("1.2.3-rc.1", "1.2.3rc1"),
        ("1.2.3-next.1", "1.2.3.dev0"),
        ("1.2-SNAPSHOT", "1.2.dev0"),
    ],
)
def test_pre_releases_are_told_apart(text: str, number: str) -> None:
    assert (str(version(text)), version(text).pre) == (number, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "foo",
        "r1234",
        "nightly-20260101",
        "build-7",
        "v1.2.3-4-gabcdef",
        "9" * 30,
        "1.1.1w",
        "1.2.3-",
        "x" * 500,
        "1.2.3-!",
    ],
)
def test_what_names_no_version_is_none(text: str) -> None:
    assert parse_version(text) is None


@given(st.text(max_size=400))
def test_no_text_breaks_the_reading(text: str) -> None:
    # Given any text, then there is a version or none, and it is safe to show
    found = parse_version(text)
    assert found is None or str(found).isascii()


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=5), st.sampled_from(["", "v", "release-", "pkg-", "a/b@"]))
def test_every_dotted_number_is_found_behind_every_prefix(numbers: list[int], prefix: str) -> None:
    # Given a dotted number behind a prefix
    dotted = ".".join(map(str, numbers))
    # Then it is that number
    assert str(version(prefix + dotted)) == dotted


@pytest.mark.parametrize(
    ("text", "before", "kind"),
    [
        ("2.0.0", "1.9.9", "major"),
        ("1.3.0", "1.2.9", "minor"),
        ("1.2.4", "1.2.3", "patch"),
        ("1.2.3.post1", "1.2.3", "patch"),
        ("2.0.0rc1", "1.0", "pre"),
        ("2.0", None, "major"),
        ("2.1", None, "minor"),
        ("2.1.1", None, "patch"),
    ],
)
def test_the_step_to_a_version_is_named(text: str, before: str | None, kind: str) -> None:
    assert step(version(text), version(before) if before else None) == kind


@pytest.mark.parametrize(
    ("text", "kind", "allowed"),
    [
        ("2.0", "major", True),
        ("2.0rc1", "pre", True),
        ("0.3", "minor", True),
        ("1.3", "minor", False),
        ("0.3.1", "patch", False),
    ],
)
def test_only_some_steps_may_break(text: str, kind: str, *, allowed: bool) -> None:
    assert may_break(version(text), kind) is allowed
