"""JSON for the database: whatever strangers wrote, jsonb takes it."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from agents.contract import Evidence, Untrusted
from orchestrator.domain.runs import RunState
from orchestrator.store.documents import clean_text, read_json, to_json

dirty = st.text(alphabet=st.one_of(st.characters(), st.characters(categories=["Cs"]), st.just("\x00")))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | dirty,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(dirty, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(dirty, values, max_size=4))
@example({"\x00": "\ud800", "a": [math.nan, math.inf, -math.inf, {"\udfff": "\x00\x00"}]})
def test_any_value_becomes_json_that_postgres_takes(value: dict[str, Any]) -> None:
    # Given any value, with NUL, lone surrogates and numbers that are none, anywhere in it, keys included
    text = to_json(value)
    # Then it is strict JSON in UTF-8 without a NUL, however it is written
    text.encode("utf-8")
    json.loads(text, parse_constant=lambda name: 1 / len(name) / 0)
    assert "\x00" not in text
    assert "\\u0000" not in text.replace("\\\\", "")


@given(values)
def test_cleaning_twice_is_cleaning_once(value: object) -> None:
    # Given any value, when what was written is read and written again, then it is the same
    once = to_json([value])
    assert to_json(json.loads(once)) == once


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00")))
def test_clean_text_is_left_alone(text: str) -> None:
    assert clean_text(text) == text


def test_what_cannot_be_stored_is_replaced_one_for_one() -> None:
    # Given a text that Postgres refuses, when it is cleaned, then one mark stands for each thing that cannot be kept
    assert clean_text("a\x00b\ud800c") == "a\ufffdb?c"


def test_models_times_paths_and_tuples_are_written_as_their_texts() -> None:
    # Given things that JSON has no word for
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    evidence = Evidence(target="t", source="s", kind="k", key="1", at=moment, title=Untrusted("x\x00"))
    # When they are written, then as people would
    assert json.loads(to_json(evidence))["title"] == "x\ufffd"
    plain = {
        "at": moment,
        "path": Path("/srv/x"),
        "state": RunState.PARTIAL,
        "pair": (1, {2}),
        "map": MappingProxyType({}),
    }
    said = {"at": "2026-11-01T00:00:00Z", "path": "/srv/x", "state": "partial", "pair": [1, [2]], "map": {}}
    assert json.loads(to_json(plain)) == said
    # And alike where something has to be cleaned beside them
    assert json.loads(to_json({**plain, "odd": math.nan, "nul": "\x00"})) == {**said, "odd": None, "nul": "\ufffd"}


def test_what_is_nested_deeply_and_bytes_that_are_no_text_are_written_too() -> None:
    # Given JSON more deeply nested than the quick parser reads, with a NUL that has to go
    deep: object = "x\x00"
    for _ in range(230):
        deep = [deep]
    # When it is written, then it can be read again
    again = read_json(to_json({"deep": deep}))["deep"]
    for _ in range(230):
        (again,) = again
    assert again == "x\ufffd"
    # And bytes are written as their text in Python
    assert json.loads(to_json({"raw": b"\xff"})) == {"raw": "b'\\xff'"}
