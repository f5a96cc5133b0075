"""No planted secret gets out: by the name it goes by, by its value in any spelling, by the shape it has."""

import base64
import json
from collections import UserDict
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.redaction import Redactor, is_secret_name

SECRETS = st.text(st.characters(codec="utf-8"), min_size=6, max_size=30).filter(
    lambda text: "\n" not in text.strip("\n")
)
# Secrets that cannot turn up by chance in the words around them.
RARE = SECRETS.map(lambda text: f"§{text}§")
NESTED = st.recursive(
    st.sampled_from(["§secret§", 7, 1.5, None, True, b"\xff\xa7", "harmless"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.sampled_from(["a", "§secret§"]), inner, max_size=2)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "name",
    ["password", "DB_PASSWORD", "flower-passwd", "pwd", "passphrase", "client_secret", "secrets", "githubToken",
     "X-Auth-Token", "refresh_tokens", "Authorization", "proxy-authorization", "cookie", "Set-Cookie", "credentials",
     "api_key", "apiKey", "APIKEY", "private.key", "signingKey"],
)  # fmt: skip
def test_a_secret_goes_by_many_names(name: str) -> None:
    # Given a name of a secret, when a value stands under it, then that is masked whole, whatever it is
    assert is_secret_name(name)
    assert Redactor().value({name: {"deep": ["x"]}}) == {name: "***"}


@pytest.mark.parametrize(
    "name", ["trigger_key", "key", "keys", "secretary", "passed", "compass", "tokenizer", "authors", "run_id", "monkey"]
)
def test_a_harmless_name_keeps_its_value(name: str) -> None:
    # Given a name that only resembles one of a secret, when a value stands under it, then it stays
    assert Redactor().value({name: "v"}) == {name: "v"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("connect redis://:word@h/0", "connect redis://:***@h/0"),
        ("host=db password=word user=a", "host=db password=*** user=a"),
        ("{'api_key': 'a b', 'n': 1}", "{'api_key': ***, 'n': 1}"),
        ('token="a, b", x', "token=***, x"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("sent Bearer abcdefgh.ijk==", "sent Bearer ***"),
        ("client_secret=abc&x=1", "client_secret=***&x=1"),
        ("the bearer of news, basic facts, token ring", "the bearer of news, basic facts, token ring"),
        ("trigger_key=abc", "trigger_key=abc"),
    ],
)
def test_a_secret_that_nobody_told_us_is_known_by_its_shape(text: str, expected: str) -> None:
    # Given a text with a secret in a usual form, when it is redacted, then the secret alone is gone
    assert Redactor().text(text) == expected


@given(secret=RARE, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_known_secret_is_taken_out_of_every_text(secret: str, before: str, after: str) -> None:
    # Given a secret, as it is and in the spellings of addresses, literals, JSON and headers
    octets = secret.encode()
    spellings = (
        secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], ascii(secret)[1:-1],
        repr(["'\"", secret]), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(octets)[2:-1], base64.b64encode(octets).decode(), repr(KeyError(secret)), f"{secret}{secret}",
    )  # fmt: skip
    redactor = Redactor([secret])
    for spelling in spellings:
        # When it stands in a text, then it comes out of it
        cleaned = redactor.text(f"{before}{spelling}{after}")
        assert secret not in cleaned
        assert spelling not in cleaned


@given(NESTED)
def test_a_known_secret_is_taken_out_of_every_value(value: object) -> None:
    # Given a value that holds a secret anywhere, as a key as well
    # When it is redacted
    cleaned = Redactor(["§secret§"]).value(value)
    # Then it is plain data, and the secret is gone
    assert "secret" not in json.dumps(cleaned, ensure_ascii=False)


@given(NESTED)
def test_redacting_twice_is_redacting_once(value: object) -> None:
    # Given any value, when it is redacted again, then nothing changes
    redactor = Redactor(["§secret§"])
    once = redactor.value(value)
    assert redactor.value(once) == once


def test_a_number_may_be_a_secret() -> None:
    # Given a password of digits, when it turns up as a number, then it is masked and other numbers stay
    redactor = Redactor(["123456"])
    assert redactor.value([123456, 123457, 1.5, None, True]) == ["***", 123457, 1.5, None, True]


def test_a_secret_of_a_few_letters_is_not_looked_for() -> None:
    # Given a password that is a part of many words, when a text is redacted, then its words stay
    assert Redactor(["a", ""]).text("a banana") == "a banana"


def test_every_line_of_a_secret_is_known() -> None:
    # Given a secret of several lines, when a traceback indents them, then none is shown
    assert Redactor(["first line\nsecond line"]).text("| first line\n| second line") == "| ***\n| ***"


def test_the_longest_of_several_secrets_is_taken_first() -> None:
    # Given a secret that begins another, when the longer turns up, then nothing of it is left
    assert Redactor(["abcd", "abcdefgh"]).text("abcdefgh abcd") == "*** ***"


def test_a_value_that_contains_itself_ends() -> None:
    # Given a list in itself, and a mapping that is no dict
    endless: list[object] = ["§secret§"]
    endless.append(endless)
    # When they are redacted, then that ends, and holds no secret
    assert "secret" not in str(Redactor(["§secret§"]).value(endless))
    assert Redactor().value(UserDict(token="x", n=1)) == {"token": "***", "n": 1}


def test_other_objects_are_shown_as_texts() -> None:
    # Given a time, bytes and an object with a secret in it, when they are redacted, then they are plain texts
    redactor = Redactor(["hidden"])
    assert redactor.value(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00+00:00"
    assert redactor.value(b"hidden \xff") == "*** \\xff"
    assert redactor.value(ValueError("hidden")) == "ValueError('***')"
    assert redactor.value({3: "x"}) == {"3": "x"}
