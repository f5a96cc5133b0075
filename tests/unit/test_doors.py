"""What comes in from strangers: each fault named with its field, its value and what would be right; nothing crashes."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contract import Hybrid, TargetKind
from orchestrator.domain.triggers import LONGEST_DEADLINE_SECONDS, Trigger, TriggerKind
from orchestrator.doors import RefusedError, _check_id, read_payload
from orchestrator.store.documents import to_json

TARGET = {"kind": "git", "location": "/srv/flask"}

junk: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet=st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet=st.characters()), inner, max_size=3),
    max_leaves=8,
)


def nested(depth: int) -> dict[str, Any]:
    """Return an object that holds itself, so to say, so many times."""
    inner: dict[str, Any] = {}
    for _ in range(depth):
        inner = {"x": inner}
    return inner


def outcome(payload: dict[str, Any]) -> Trigger | str:
    """Return the trigger that a payload spells, or the words of its refusal."""
    try:
        return read_payload(payload)
    except RefusedError as error:
        return str(error)


def test_a_payload_becomes_a_trigger_that_says_where_it_came_from() -> None:
    # Given a good payload, when it is read
    trigger = read_payload({"kind": "release", "targets": [TARGET], "subject": "v1.2", "key": "mine"})
    # Then it is a trigger, from a caller that has only Celery
    assert trigger.kind is TriggerKind.RELEASE
    assert trigger.targets[0].kind is TargetKind.GIT
    assert (trigger.source, trigger.key, trigger.subject) == ("send_task", "mine", "v1.2")


def test_a_caller_may_say_who_it_is() -> None:
    assert read_payload({"kind": "request", "source": "billing"}).source == "billing"


@pytest.mark.parametrize(
    ("payload", "field", "value", "remedy"),
    [
        ({}, "kind", "{'source': 'send_task'}", "Field required"),
        ({"kind": "reelase"}, "kind", "'reelase'", "'monitor', 'advisory', 'release'"),
        ({"kind": 7}, "kind", "7", "Input should be"),
        ({"kind": None}, "kind", "None", "Input should be"),
        ({"kind": "monitor", "target": [TARGET]}, "target", "[{'kind': 'git'", "not permitted"),
        ({"kind": "monitor", "targets": "flask"}, "targets", "'flask'", "valid tuple"),
        ({"kind": "monitor", "targets": [{"kind": "git"}]}, "targets.0.location", "{'kind': 'git'}", "required"),
        ({"kind": "monitor", "targets": [{**TARGET, "kind": "svn"}]}, "targets.0.kind", "'svn'", "'git', 'github'"),
        ({"kind": "monitor", "targets": [{**TARGET, "location": ""}]}, "targets.0.location", "''", "at least 1"),
        ({"kind": "monitor", "targets": [{**TARGET, "max_age_seconds": -1}]}, "max_age_seconds", "-1", "greater than"),
        ({"kind": "monitor", "priority": 9}, "priority", "9", "0, 1, 2 or 3"),
        ({"kind": "monitor", "deadline_seconds": 0}, "deadline_seconds", "0", "greater than 0"),
        ({"kind": "monitor", "deadline_seconds": float("inf")}, "deadline_seconds", "inf", "less than or equal"),
        ({"kind": "monitor", "deadline_seconds": 1e300}, "deadline_seconds", "1e+300", "less than or equal"),
        ({"kind": "monitor", "deadline_seconds": float("nan")}, "deadline_seconds", "nan", "less than or equal"),
        ({"kind": "monitor", "as_of": "2026-11-01T00:00:00"}, "as_of", "'2026-11-01", "timezone"),
        ({"kind": "monitor", "as_of": "yesterday"}, "as_of", "'yesterday'", "valid datetime"),
        ({"kind": "monitor", "text": "\ud800"}, "text", "'\\ud800'", "valid string"),
        ({"kind": "monitor", "text": "x" * 20_001}, "text", "'xxxxxxxx", "at most 20000"),
        ({"kind": "monitor", "key": "k" * 401}, "key", "'kkkk", "at most 400"),
        ({"kind": "monitor", "subject": ["a"]}, "subject", "['a']", "valid string"),
        ({"kind": "monitor", "options": [1]}, "options", "[1]", "valid"),
    ],
)
def test_a_bad_payload_is_refused_with_field_value_and_remedy(
    payload: dict[str, Any], field: str, value: str, remedy: str
) -> None:
    # Given a payload with one fault, when it is read, then the refusal names all three
    with pytest.raises(RefusedError) as refused:
        read_payload(payload)
    words = str(refused.value)
    assert field in words.partition(" ")[0]
    assert f"(got {value}" in words
    assert remedy in words


def test_arguments_without_a_name_are_refused_with_an_example() -> None:
    with pytest.raises(RefusedError, match=r"must be named: send_task\('lookout\.trigger', kwargs="):
        read_payload({"kind": "monitor"}, args=("monitor",))


def test_every_fault_is_named_up_to_ten() -> None:
    # Given a payload with forty faults, when it is read, then ten are named and the rest is counted
    with pytest.raises(RefusedError) as refused:
        read_payload({"kind": "monitor", "targets": [{"kind": "svn", "location": ""}] * 20})
    assert str(refused.value).count("; ") == 10
    assert str(refused.value).endswith("and 30 faults more")


def test_a_huge_value_is_shown_by_its_beginning() -> None:
    # Given a field of 10 MB in the wrong place, when it is refused, then the words stay short
    with pytest.raises(RefusedError) as refused:
        read_payload({"kind": "x" * 10_000_000, "y" * 10_000: [list(range(100_000))] * 10})
    assert len(str(refused.value)) < 1_000


@pytest.mark.parametrize("depth", [30, 200, 300, 900])
def test_a_deeply_nested_payload_is_accepted_or_refused_and_never_crashes(depth: int) -> None:
    # Given options that are nested deeply, when they are read
    read = outcome({"kind": "monitor", "options": nested(depth)})
    # Then what is too deep is refused in words, and what is not can be kept and read again
    if isinstance(read, Trigger):
        assert Trigger.model_validate(json.loads(to_json(read))) == read
    else:
        assert read.startswith("options")


@given(st.dictionaries(st.sampled_from([*Trigger.model_fields, "x"]) | st.text(alphabet=st.characters()), junk))
def test_whatever_comes_in_is_a_trigger_or_a_refusal(payload: dict[str, Any]) -> None:
    # Given anything that JSON can say, when it is read
    read = outcome(payload)
    # Then it is a trigger within its bounds, or a refusal whose words are few
    if isinstance(read, Trigger):
        assert read.deadline_seconds is None or read.deadline_seconds <= LONGEST_DEADLINE_SECONDS
    else:
        assert 0 < len(read) < 5_000


@given(st.dictionaries(st.sampled_from(list(Trigger.model_fields)), junk, max_size=3))
def test_a_good_kind_with_junk_beside_it_does_not_crash_either(payload: dict[str, Any]) -> None:
    # Given junk in fields that exist, when it is read, then each refusal shows what it got
    read = outcome({**payload, "kind": "request"})
    assert isinstance(read, Trigger) or "(got " in read


def test_an_id_that_cannot_be_kept_is_refused() -> None:
    # Given ids of any length, when they are checked, then one that no index could hold is refused
    _check_id(str(UUID(int=7)))
    with pytest.raises(RefusedError, match=r"task_id: has 201 characters; give one of at most 200"):
        _check_id("x" * 201)


def test_a_command_comes_from_no_message() -> None:
    # Given a payload whose second target would have a program run
    other = {**TARGET, "location": "/srv/other", "hybrid": "both"}
    payload = {"kind": "monitor", "targets": [TARGET, {**other, "baseline_command": ["rm", "-rf", "x"]}]}
    # When it is read, then it is refused with the field and the remedy
    with pytest.raises(RefusedError, match=r"targets\.1\.baseline_command: commands come from a watchlist"):
        read_payload(payload)
    # And without the command the mode alone is welcome
    assert read_payload({"kind": "monitor", "targets": [other]}).targets[0].hybrid is Hybrid.BOTH
