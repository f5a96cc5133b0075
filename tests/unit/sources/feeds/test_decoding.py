"""A feed's bytes are read in the encoding that they have, whatever it says of itself."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.feeds import look_at, rss
from support.services import Said

from agents.sources.feeds.decoding import decoded

WORDS = "Größe naïve cœur €"
RUSSIAN = "Лампа горит"
JAPANESE = "ランプの光"


def feed(words: str, encoding: str = "") -> str:
    """Return a feed with these words, which says that it is in an encoding."""
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    return declaration + rss(f"<guid>1</guid><title>{words}</title>").decode()


@pytest.mark.parametrize(
    ("body", "header", "words"),
    [
        (feed(WORDS).encode(), "", WORDS),
        (feed(WORDS, "utf-8").encode(), "text/xml", WORDS),
        (feed(WORDS, "utf-8").encode("utf-8-sig"), "", WORDS),
        (feed(WORDS, "UTF-16").encode("utf-16"), "", WORDS),
        (codecs.BOM_UTF16_BE + feed(WORDS, "UTF-16").encode("utf-16-be"), "text/xml; charset=utf-8", WORDS),
        (feed(WORDS, "utf-16").encode("utf-16-le"), "", WORDS),
        (feed(WORDS, "utf-16").encode("utf-16-be"), "", WORDS),
        (feed(WORDS, "utf-32").encode("utf-32"), "", WORDS),
        (feed(WORDS, "utf-32").encode("utf-32-be"), "", WORDS),
        (feed(WORDS, "windows-1252").encode("cp1252"), "", WORDS),
        (feed(WORDS, "iso-8859-1").encode("cp1252"), "", WORDS),
        (feed(WORDS).encode("cp1252"), "text/xml; charset=windows-1252", WORDS),
        (feed(RUSSIAN, "koi8-r").encode("koi8-r"), "", RUSSIAN),
        (feed(RUSSIAN).encode("cp1251"), 'application/xml; charset="windows-1251"', RUSSIAN),
        (feed(JAPANESE, "shift_jis").encode("shift_jis"), "", JAPANESE),
        (feed(JAPANESE, "iso-2022-jp").encode("iso2022_jp"), "", JAPANESE),
        (feed(JAPANESE, "euc-jp").encode("euc_jp"), "", JAPANESE),
    ],
)
def test_a_feed_is_read_in_its_encoding(body: bytes, header: str, words: str) -> None:
    looked = look_at(Said(body=body, headers={"content-type": header} if header else {}))
    assert looked.only.title == words
    assert "encoding" not in looked.detail
    assert "calls itself" not in looked.detail


@pytest.mark.parametrize(
    ("body", "header", "words", "said"),
    [
        (feed(WORDS, "iso-8859-1").encode(), "", WORDS, "it calls itself cp1252, and was read as the utf-8 that it is"),
        (feed(WORDS).encode(), "text/xml; charset=koi8-r", WORDS, "it calls itself koi8-r, and was read as the utf-8"),
        (feed(WORDS, "utf-8").encode("cp1252"), "", WORDS, "it calls itself utf-8, which it is not; it was read as w"),
        (feed(WORDS).encode("cp1252"), "", WORDS, "it does not say in which encoding it is; it was read as windows"),
        (feed(WORDS, "punycode").encode("cp1252"), "", WORDS, "it does not say in which encoding it is"),
        (feed(WORDS, "no such").encode("cp1252"), "a/b; charset=none", WORDS, "it does not say in which encoding"),
        (
            feed(f"{WORDS}!", "utf-8").encode().replace(b"!", b"\xff"),
            "",
            f"{WORDS}\N{REPLACEMENT CHARACTER}",
            "characters that its encoding does not have, and that are replaced: 1",
        ),
        (
            codecs.BOM_UTF16_LE + feed("a!b").encode("utf-16-le").replace(b"a\0!\0b", b"a\0\x00\xd8b"),
            "",
            "a\N{REPLACEMENT CHARACTER}b",
            "that are replaced: 1",
        ),
    ],
)
def test_a_feed_that_is_wrong_about_its_encoding_is_read_all_the_same(
    body: bytes, header: str, words: str, said: str
) -> None:
    looked = look_at(Said(body=body, headers={"content-type": header} if header else {}))
    assert looked.only.title == words
    assert said in looked.detail


def test_a_character_that_is_cut_in_two_does_not_change_the_encoding() -> None:
    assert decoded("Größe €".encode()[:-1], content_type="").text == "Größe "


@given(st.binary(), st.text(max_size=30))
def test_any_bytes_are_some_text(body: bytes, header: str) -> None:
    text = decoded(body, content_type=f"text/xml; charset={header}").text
    assert text == text.encode("utf-8").decode("utf-8")
    assert "\0" not in text
