"""Whatever a stranger writes becomes text and JSON that a database, a terminal and a page can take."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from agents.sources.text import clean, clean_json, clean_line

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


def test_escape_sequences_and_control_characters_are_gone() -> None:
    # Given a subject that would colour a terminal, set its title, and hide its end
    dirty = "\u061c\x1b[31mred\x1b[0m \x1b]0;title\x07end\x00\x9b \u202etxt\u2066 \ud800\ufeff"

    # When it is cleaned
    # Then only its words are left
    assert clean_line(dirty, limit=100) == "red end txt"


def test_lines_and_tabs_stay_in_a_text_but_not_in_a_line() -> None:
    assert clean("a\r\nb\rc\td", limit=100) == "a\nb\nc\td"
    assert clean_line(" a\r\nb\t c ", limit=100) == "a b c"


@given(st.text(st.characters(exclude_categories=())), st.integers(0, 50))
def test_cleaned_text_is_bounded_encodable_and_stays_as_it_is(text: str, limit: int) -> None:
    # Given any text at all
    cleaned = clean(text, limit=limit)

    # Then it fits, can be stored, and cleaning it again changes nothing
    assert len(cleaned) <= limit
    assert b"\x00" not in cleaned.encode("utf-8")
    assert clean(cleaned, limit=limit) == cleaned


@given(ANYTHING)
def test_cleaned_json_is_json(value: object) -> None:
    # Given any parsed value, NaN and lone surrogates included
    cleaned = clean_json(value, limit=100)

    # Then it survives the strictest way there and back
    assert json.loads(json.dumps(cleaned, allow_nan=False).encode("utf-8")) == cleaned


def test_what_json_cannot_say_is_dropped_or_written_out() -> None:
    # Given numbers that are none, things that are no JSON, and a nest without end
    endless: list[object] = []
    endless.append(endless)

    # When they are cleaned
    cleaned = clean_json({"a": math.inf, "b": b"bytes", "c": (1, True, None)}, limit=100)

    # Then each has a harmless form
    assert cleaned == {"a": None, "b": "b'bytes'", "c": [1, True, None]}
    assert json.dumps(clean_json(endless, limit=10)).count("[") == 40
