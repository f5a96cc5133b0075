"""HTML becomes the text that a person would read in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.feeds.markup import plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("two\nlines", "two\nlines"),
        ("<p>two\nlines</p>", "two lines"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<h1>Big</h1>text<h3>Small</h3>", "# Big\n\ntext\n\n### Small"),
        ("<ul><li>a</li><li>b <b>c</b></li></ul>", "- a\n\n- b c"),
        ("<pre>a\n  b</pre>c\nd", "a\nb\nc d"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("a &amp; b &lt;c&gt; &nbsp;&#8364; &unknown;", "a & b <c> € &unknown;"),
        ("1 < 2 <b>and</b> 3 <", "1 < 2 and 3 <"),
        ("a<!-- b <c> -->d", "ad"),
        ("a<!-- b", "a"),
        ("a<!DOCTYPE x><?php y ?>b<!-->c-->d", "abd"),
        ("a<script>b</script>c<style>d<e></style>f", "acf"),
        ("a<script>b", "a"),
        ("a</script>b", "ab"),
        ("<P>A</P><IMG SRC=x>b", "A\n\nb"),
        ("<a href='x>y'>z</a>", "y'>z"),
        ("a<b", "a"),
    ],
)
def test_markup_is_read_as_a_person_would(markup: str, text: str) -> None:
    assert plain(markup, limit=1_000) == text


def test_a_long_text_is_cut() -> None:
    assert plain("<p>x</p>" * 10_000, limit=100) == ("x\n\n" * 100)[:100]


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_any_markup_is_some_text_within_its_limit(markup: str, limit: int) -> None:
    text = plain(markup, limit=limit)
    assert len(text) <= limit
    assert "\x1b" not in text
