"""A stranger's text can steer neither a terminal, nor a reader's eye, nor a Markdown renderer."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.report.escape import TEXT_LIMIT, cleaned, code, markdown, paragraphs, plain

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)
HOSTILE = st.text(alphabet="`*_[]()<>#|~$\\!&:/@.w1-+= \n\t\x1b\x9b\u202e\u2066a]8;", max_size=80)
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b2Jgone", "gone"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1bcreset", "reset"),
        ("a\x00b\x08c", "a⟦U+0000⟧b⟦U+0008⟧c"),
        ("exe.\u202egnp", "exe.⟦U+202E⟧gnp"),
        ("zero\u200bwidth", "zero⟦U+200B⟧width"),
        ("\ufeffmark soft\u00adhyphen", "mark softhyphen"),
        ("tag\U000e0041", "tag⟦U+E0041⟧"),
        ("half \ud800", "half ⟦U+D800⟧"),
        ("one\ttwo\r\nthree\u2028four", "one two three four"),
        ("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}", "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"),
        ("a\u200db", "a⟦U+200D⟧b"),
        ("Grüße, 李雷", "Grüße, 李雷"),
    ],
)
def test_what_steers_is_taken_out_or_made_visible(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_an_unfinished_sequence_hides_nothing_of_what_follows() -> None:
    assert "the rest" in plain("\x1b]0;title never ends, the rest")


def test_lines_stay_lines_in_paragraphs() -> None:
    assert paragraphs("one\r\ntwo\x85three\vfour") == "one\ntwo\nthree\nfour"


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert plain("x" * 1_000, limit=10) == "xxxxxxxxx…"
    assert len(paragraphs("x" * 99_999)) == TEXT_LIMIT


@settings(deadline=None)
@given(ANYTHING)
def test_no_text_keeps_a_control_or_a_bidirectional_character(text: str) -> None:
    # When
    shown = plain(text)
    # Then
    joiners = {"\u200c", "\u200d"}
    assert not [char for char in shown if unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in joiners]
    assert not set(shown) & set(BIDI)
    assert len(shown) <= 300
    shown.encode()


@settings(deadline=None)
@given(ANYTHING)
def test_making_a_text_safe_twice_changes_nothing_more(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# heading", "\\# heading"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("=====", "\\====="),
        ("a | b", "a \\| b"),
        ("*bold* _it_ ~~gone~~", "\\*bold\\* \\_it\\_ \\~\\~gone\\~\\~"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("[x](javascript:alert)", "\\[x\\](javascript:alert)"),
        ("see https://evil.example/x now", "see `https://evil.example/x` now"),
        ("www.evil.example", "`www.evil.example`"),
        ("thanks @team, see #12", "thanks `@team,` see `#12`"),
        ("mail me@evil.example", "mail `me@evil.example`"),
        ("$\\sqrt{2}$", "\\$\\\\sqrt\\{2\\}\\$"),
        ("x`@y", "`x\N{MODIFIER LETTER GRAVE ACCENT}@y`"),
        ("https://a|b", "`https://a`\\|b"),
    ],
)
def test_markdown_shows_the_text_and_does_nothing(text: str, shown: str) -> None:
    assert markdown(text) == shown


@settings(deadline=None)
@given(HOSTILE)
def test_outside_code_spans_no_mark_is_left_unescaped(text: str) -> None:
    # When
    outside = re.sub(r"(?<!\\)`[^`]*`", "", markdown(text))
    # Then
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_\[\]<>|~$`#{}]", outside)
    assert "://" not in outside
    assert "@" not in outside
    assert not re.match(r"\d*[-+=.)]", outside)
    assert "\n" not in outside


def test_a_code_span_cannot_be_left_nor_break_a_table() -> None:
    assert code("a`b|c") == "`a\N{MODIFIER LETTER GRAVE ACCENT}b¦c`"
    assert code("\x1b[0m") == ""


def test_json_values_are_cleaned_all_the_way_down() -> None:
    # Given
    value: JsonValue = {"k\x00": ["\x1b[1mx", {"deep": "\u202e"}, 1, True, None, float("inf"), float("nan"), 0.5]}
    # When / Then
    assert cleaned(value) == {"k⟦U+0000⟧": ["x", {"deep": "⟦U+202E⟧"}, 1, True, None, None, None, 0.5]}


def test_what_lies_too_deep_is_left_out() -> None:
    assert cleaned([[["x"]]], depth=2) == [[None]]
