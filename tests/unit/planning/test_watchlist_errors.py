"""Everything that is wrong with a watchlist is said, each with its line, its field, its value and the remedy."""
# ruff: noqa: E501 - a fault and what is said of it are read side by side

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import WatchlistError
from orchestrator.planning.watchlist import parse_watchlist


def problems(document: str) -> list[str]:
    with pytest.raises(WatchlistError) as caught:
        parse_watchlist(document, path=Path("w.yaml"))
    return list(caught.value.problems)


ENTRY = "targets:\n  - git: a\n    "
KEYS = "known: advisories, baseline_command, catch_up, cron, feed, git, github, hybrid, look, max_age, name, options, package, sbom, tier, time_zone"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("target: [{git: a}]\ntargets: [{git: b}]", "w.yaml:1:1: 'target' is no key here; did you mean 'targets'?; known: defaults, hold_report, name, report, respond, targets, version"),
        ("version: 2\ntargets: [{git: a}]", "w.yaml:1:10: version: only version 1 is read here; write 'version: 1'"),
        ("version: [1]\ntargets: [{git: a}]", "w.yaml:1:10: version: only version 1 is read here; write 'version: 1'"),
        ("name: [x]\ntargets: [{git: a}]", "w.yaml:1:7: name: is a list, not text; write one plain value"),
        ("name:\ntargets: [{git: a}]", "w.yaml:1:6: name: is empty; give it a value or remove the line"),
        ("name: !odd x\ntargets: [{git: a}]", "w.yaml:1:7: name: is 'x', not text; write one plain value"),
        ('name: "a\\nb"\ntargets: [{git: a}]', "w.yaml:1:7: name: 'a\\nb' must be one line of at most 100 characters"),
        ("name: x", "w.yaml:1:1: targets: is missing; give a list with at least one entry, such as '- github: OWNER/NAME'"),
        ("targets: []", "w.yaml:1:10: targets: is an empty list; give at least one item or remove the line"),
        ("targets: {git: a}", "w.yaml:1:10: targets: is a mapping, not a list; write '- ' before each item"),
        ("targets: [a]", "w.yaml:1:11: targets[1]: is 'a', not a mapping; write 'key: value' lines"),
        ("targets: [{git: a}]\ndefaults: 3", "w.yaml:2:11: defaults: is '3', not a mapping; write 'key: value' lines"),
        ("targets: [{git: a}]\ndefaults: {name: x}", "w.yaml:2:12: defaults: 'name' is no key here; known: baseline_command, catch_up, cron, hybrid, look, max_age, options, tier, time_zone"),
        ("targets: [{git: a}]\nreport: {fail_on: hihg}", "w.yaml:2:19: report.fail_on: 'hihg' is no severity; did you mean 'high'?; known: critical, high, info, low, medium"),
        ("targets: [{git: a}]\nreport: {}\nreport: {}", "w.yaml:3:1: report: is given twice, first in line 2; keep one"),
        ("targets: [{gti: a}]", f"w.yaml:1:12: targets[1]: 'gti' is no key here; did you mean 'git'?; {KEYS}"),
        ("targets: [{tier: tools}]", "w.yaml:1:11: targets[1]: says not what to watch; give 'github: OWNER/NAME', 'package: ECOSYSTEM/NAME', 'git: PATH', 'sbom: PATH', 'feed: ADDRESS' or 'advisories: FOLDER'"),
        ("targets: [{git: a, sbom: b}]", "w.yaml:1:11: targets[1]: names 'git', 'sbom' at once; make one entry of each"),
        ("targets: [{git: }]", "w.yaml:1:17: targets[1].git: is empty; give it a value or remove the line"),
        ("targets: [{git: ' '}]", "w.yaml:1:17: targets[1].git: is empty; give it a value or remove the line"),
        ("targets: [{git: https://example.org/x.git}]", "w.yaml:1:17: targets[1].git: 'https://example.org/x.git' is an address, not a place on this machine; clone or download it and give that folder"),
        ("targets: [{git: git@example.org:x.git}]", "w.yaml:1:17: targets[1].git: 'git@example.org:x.git' is an address, not a place on this machine; clone or download it and give that folder"),
        ("targets: [{git: ~nobody-here-at-all/x}]", "w.yaml:1:17: targets[1].git: '~nobody-here-at-all/x' names a home folder that is not known here; write the path out"),
        (ENTRY + "tier: critcal", "w.yaml:3:11: targets[1].tier: 'critcal' is no tier; did you mean 'critical'?; known: critical, infrastructure, tech_stack, tools"),
        (ENTRY + "look: health", "w.yaml:3:11: targets[1].look: is 'health', not a list; write '- ' before each item"),
        (ENTRY + "look: []", "w.yaml:3:11: targets[1].look: is an empty list; give at least one item or remove the line"),
        (ENTRY + "look: [helth]", "w.yaml:3:12: targets[1].look[1]: 'helth' is no look; did you mean 'health'?"),
        (ENTRY + "look: [Big one]", "w.yaml:3:12: targets[1].look[1]: 'Big one' is no look; write one plain word in small letters, such as 'health' or 'exposure'"),
        (ENTRY + "look: [health, health]", "w.yaml:3:20: targets[1].look[2]: 'health' is given twice; keep one"),
        (ENTRY + "max_age: 6", "w.yaml:3:14: targets[1].max_age: '6' is no span of time; write a number and a unit, s, m, h, d or w, as in '30m', '6h' or '1d', of at most ten years"),
        (ENTRY + "options: 3", "w.yaml:3:14: targets[1].options: is '3', not a mapping; write 'key: value'"),
        (ENTRY + "options: {a: {b: 1, b: 2}}", "w.yaml:3:14: targets[1].options: the key 'b' is given twice; use plain text, numbers, lists, mappings"),
        (ENTRY + "options: {a: [!!python/name:os.system x]}", "w.yaml:3:14: targets[1].options: could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'; use plain text, numbers, lists, mappings"),
        (ENTRY + "git: b", "w.yaml:3:5: targets[1].git: is given twice, first in line 2; keep one"),
        (ENTRY + "[a]: b", f"w.yaml:3:5: targets[1]: a list is no key here; {KEYS}"),
        (ENTRY + "<<: {tier: tools}", "w.yaml:3:5: targets[1]: '<<' merges are not read; put what is shared under 'defaults:'"),
        ("targets:\n  - git: a\n  - git: b/../a", "w.yaml:3:5: targets[2].git: is the same target as in line 2 ({cwd}/a); keep one of the two"),
        ("targets:\n  - advisories: a\n    look: [exposure]", "w.yaml:3:5: targets[1].look: advisories are read for the other targets and never looked at; remove this line"),
    ],
)  # fmt: skip
def test_each_fault_is_said_with_its_place_its_value_and_the_remedy(document: str, problem: str) -> None:
    assert problems(document) == [problem.replace("{cwd}", str(Path.cwd()))]


@pytest.mark.parametrize("value", ["2020-01-01", ".nan", "!!binary aGk=", '"\\0"', "{1: 2}"])
def test_options_that_json_cannot_say_are_refused(value: str) -> None:
    (problem,) = problems(f"{ENTRY}options: {{a: {value}}}")
    assert problem.startswith("w.yaml:3:14: targets[1].options: holds what JSON cannot say; quote dates and keys (")


def test_all_faults_are_said_at_once_in_the_file_s_order() -> None:
    # Given a file with faults of all kinds, in several places
    found = problems("naem: x\ndefaults: {tier: best}\ntargets:\n  - git: a\n    max_age: 1x\n  - gt: b\n  - git: a\n")
    # Then each is there, by line
    assert [problem.split(": ")[0] for problem in found] == [
        "w.yaml:1:1",
        "w.yaml:2:18",
        "w.yaml:5:14",
        "w.yaml:6:5",
        "w.yaml:7:5",
    ]


def test_a_misspelt_key_does_not_hide_that_the_kind_is_missing() -> None:
    found = problems("targets: [{tierr: tools}]")
    assert [problem.split(";")[0].split(": ", 1)[1] for problem in found] == [
        "targets[1]: says not what to watch",
        "targets[1]: 'tierr' is no key here",
    ]


def test_of_very_many_faults_the_first_hundred_are_said_and_the_rest_counted() -> None:
    found = problems("targets:\n" + "  - {}\n" * 150)
    assert len(found) == 101
    assert found[-1] == "w.yaml: … and 50 more problems"


def test_a_long_value_is_cut_in_its_message() -> None:
    (problem,) = problems(f"targets: [{{git: a, tier: {'x' * 300}}}]")
    assert "xxx… is no tier" in problem
    assert len(problem) < 250


def faults(document: str) -> tuple[str, ...]:
    """Return what is wrong with a document; nothing where it is a watchlist."""
    try:
        parse_watchlist(document, path=Path("w.yaml"))
    except WatchlistError as error:
        return error.problems or ("an error without a word",)
    return ()


@given(document=st.text(max_size=200))
def test_any_text_gives_a_watchlist_or_an_error_that_names_the_file(document: str) -> None:
    assert all(fault.startswith("w.yaml:") for fault in faults(document))


yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["health", "critical", "6h", "a", "~"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["git", "sbom", "tier", "look"]), inner)
    ),
    max_leaves=8,
)


@given(value=st.dictionaries(st.sampled_from(["targets", "defaults", "name", "report", "version"]), yaml_values))
def test_any_structure_gives_a_watchlist_or_an_error_with_lines(value: dict[str, object]) -> None:
    # Given any structure of the right words in the wrong places (JSON is YAML)
    document = json.dumps(value)
    # Then it is a watchlist, or every fault has its line, which here is the first
    assert all(fault.startswith("w.yaml:1:") for fault in faults(document))
