"""npm's and Yarn's manifests."""

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.manifests.dependency import Parsed, UnreadableError
from agents.sources.manifests.npm import parse_package_json, parse_package_lock
from agents.sources.manifests.yarn import parse_yarn_lock

PACKAGE = {
    "name": "thing",
    "dependencies": {
        "@scope/exact": "1.2.3",
        "range": "^1.0.0",
        "alias": "npm:@real/name@2.0.0",
        "own": "workspace:*",
        "git": "git+https://example.org/x.git",
        "bad": 5,
        "no name at all": "1",
    },
    "optionalDependencies": {"fsevents": "~2.3.0"},
    "peerDependencies": {"react": ">=18"},
    "devDependencies": {"jest": "=29.0.0", "range": "^1.0.0"},
}
FLAT = {
    "lockfileVersion": 3,
    "packages": {
        "": {"dependencies": {"a": "^1", "@s/b": "^2"}, "devDependencies": {"d": "1"}},
        "node_modules/a": {"version": "1.0.0"},
        "node_modules/@s/b": {"version": "2.0.0"},
        "node_modules/a/node_modules/@s/b": {"version": "1.9.0", "optional": True},
        "node_modules/c": {"version": "3.0.0", "peer": True},
        "node_modules/d": {"version": "1.0.0", "dev": True},
        "node_modules/alias": {"name": "real", "version": "4.0.0", "devOptional": True},
        "node_modules/own": {"resolved": "packages/own", "link": True},
        "packages/own": {"version": "0.0.1", "dependencies": {"c": "^3"}},
        "node_modules/tarball": {"version": "file:../x.tgz"},
    },
}
NESTED = {
    "lockfileVersion": 1,
    "dependencies": {
        "a": {"version": "1.0.0", "dependencies": {"b": {"version": "0.9.0", "dev": True}}},
        "b": {"version": "npm:real@2.0.0"},
        "own": {"version": "file:own"},
        "odd": 5,
    },
}
YARN_CLASSIC = """\
# yarn lockfile v1


"@scope/a@^1.0.0", "@scope/a@^1.1.0":
  version "1.2.0"
  resolved "https://registry.example.org/a.tgz"
  dependencies:
    b "^2.0.0"

b@^2.0.0:
  version "2.0.1"

alias@npm:real@^3:
  version "3.0.0"
"""
YARN_BERRY = """\
__metadata:
  version: 8

"@scope/a@npm:^1.0.0":
  version: 1.2.0
  resolution: "@scope/a@npm:1.2.0"

"thing@workspace:.":
  version: 0.0.0-use.local

"nonsense":
  version: 1.0.0
"""


def said(parsed: Parsed) -> set[tuple[str, str, str, bool | None]]:
    return {(one.name, one.version or one.specifier, one.scope, one.direct) for one in parsed.dependencies}


def test_a_package_asks_in_four_sections() -> None:
    # Given a package with every kind of wish
    parsed = parse_package_json(json.dumps(PACKAGE))

    # Then exact wishes are versions, aliases have their real name, and the project's own packages are left out
    assert said(parsed) == {
        ("@scope/exact", "1.2.3", "runtime", True),
        ("range", "^1.0.0", "runtime", True),
        ("@real/name", "2.0.0", "runtime", True),
        ("git", "git+https://example.org/x.git", "runtime", True),
        ("fsevents", "~2.3.0", "optional", True),
        ("react", ">=18", "peer", True),
        ("jest", "29.0.0", "dev", True),
    }
    assert {one.purl for one in parsed.dependencies} >= {"pkg:npm/%40scope/exact@1.2.3", "pkg:npm/range"}
    assert len(parsed.problems) == 2


def test_a_flat_lock_tells_every_version_and_what_is_direct() -> None:
    assert said(parse_package_lock(json.dumps(FLAT))) == {
        ("a", "1.0.0", "runtime", True),
        ("@s/b", "2.0.0", "runtime", True),
        ("@s/b", "1.9.0", "optional", False),
        ("c", "3.0.0", "peer", True),
        ("d", "1.0.0", "dev", True),
        ("real", "4.0.0", "dev", False),
        ("tarball", "file:../x.tgz", "runtime", False),
    }


def test_a_nested_lock_tells_every_version() -> None:
    assert said(parse_package_lock(json.dumps(NESTED))) == {
        ("a", "1.0.0", "runtime", None),
        ("b", "0.9.0", "dev", None),
        ("real", "2.0.0", "runtime", None),
    }
    assert parse_package_lock('{"lockfileVersion": 2}').dependencies == ()


def test_a_nest_without_end_is_read_to_a_depth() -> None:
    # Given a lock nested far deeper than packages ever are
    lock = {"version": "1.0.0"}
    for number in range(300):
        lock = {"version": f"1.0.{number}", "dependencies": {"a": lock}}  # type: ignore[dict-item]

    # Then it is read as deep as is reasonable
    assert len(parse_package_lock(json.dumps({"dependencies": {"a": lock}})).dependencies) == 101


def test_yarns_locks_of_both_forms() -> None:
    classic = parse_yarn_lock(YARN_CLASSIC)
    assert said(classic) == {
        ("@scope/a", "1.2.0", "runtime", None),
        ("b", "2.0.1", "runtime", None),
        ("real", "3.0.0", "runtime", None),
    }
    berry = parse_yarn_lock(YARN_BERRY)
    assert said(berry) == {("@scope/a", "1.2.0", "runtime", None)}
    assert [(one.line, one.raw) for one in berry.problems] == [(11, "nonsense")]
    assert parse_yarn_lock("# yarn lockfile v1\n\n").dependencies == ()


@pytest.mark.parametrize(
    ("parse", "text", "reason"),
    [
        (parse_package_json, "", "is not JSON"),
        (parse_package_json, "[1]", "not an object"),
        (parse_package_lock, "{}", "has neither packages nor dependencies"),
        (parse_yarn_lock, "what is this", "has no block of a package"),
    ],
)
def test_what_is_something_else_is_refused(parse: Callable[[str], Parsed], text: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["packages", "dependencies", "version", "node_modules/a", "", "dev", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from([parse_package_json, parse_package_lock]), JSON)
def test_no_json_breaks_the_reading(parse: Callable[[str], Parsed], value: object) -> None:
    # Given any JSON with the names that are looked for, it is read or refused
    with suppress(UnreadableError):
        assert all(one.ecosystem == "npm" for one in parse(json.dumps(value)).dependencies)


@given(st.text() | st.lists(st.sampled_from(["a@^1:\n", '  version "1"\n', '"@s/b@npm:2":\n', "x\n"])).map("".join))
def test_no_text_breaks_yarns_reading(text: str) -> None:
    with suppress(UnreadableError):
        assert all(one.name for one in parse_yarn_lock(text).dependencies)
