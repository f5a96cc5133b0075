"""What of a secret may be shown, and which words give it away."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from orchestrator.settings.secrets import shown, without_passwords, words_of

PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis://:word@h:6379/0", "redis://:***@h:6379/0"),
        ("postgresql+psycopg://app:word@/db?host=/run", "postgresql+psycopg://app:***@/db?host=/run"),
        ("https://token@h/x and ftp://a:b@c", "https://***@h/x and ftp://a:***@c"),
        ("amqp://u:p@ss@h//", "amqp://u:***@h//"),
        ("postgresql://h/db?user=u&password=word&x=1", "postgresql://h/db?user=u&password=***&x=1"),
        ("https://h/@name", "https://h/@name"),
        ("mail a@b, no address: x", "mail a@b, no address: x"),
    ],
)
def test_addresses_are_shown_without_their_passwords(text: str, expected: str) -> None:
    # Given a text with addresses, when it is cleaned, then users and hosts stay and passwords do not
    assert without_passwords(text) == expected


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ("redis://h/0", "redis://h/0"),
        ("redis://:word@h/0", "redis://:***@h/0"),
        ("redis://:a/b@h/0", "***"),
        ("eve:word", "***"),
        ("word", "***"),
    ],
)
def test_of_a_secret_only_an_address_is_shown_and_only_where_that_is_safe(secret: str, expected: str) -> None:
    # Given a secret, when it is shown, then nothing of it is that could give it away
    assert shown(SecretStr(secret)) == expected


def test_an_address_without_a_password_has_no_word_but_itself() -> None:
    # Given an address that names a user alone, when its words are asked for, then the user is not one
    assert list(words_of(SecretStr("postgresql://app@/db"))) == ["postgresql://app@/db"]


def test_a_pair_and_a_query_give_their_passwords() -> None:
    # Given a pair, and a password in an address's query, when their words are asked for, then both are known
    assert list(words_of(SecretStr("eve:word"))) == ["eve:word", "word"]
    assert list(words_of(SecretStr("postgres://h/d?password=a%20b"))) == [
        "postgres://h/d?password=a%20b",
        "a%20b",
        "a b",
    ]


@given(PASSWORDS)
def test_the_password_of_an_address_is_known_in_both_spellings_and_never_shown(password: str) -> None:
    # Given an address with any password, escaped as addresses must be
    secret = SecretStr(f"postgresql://app:{quote(password, safe='')}@host/db")
    # When its words are asked for, and it is shown
    words = list(words_of(secret))
    # Then the password is known as it is and as it is written, and not shown
    assert password in words
    assert quote(password, safe="") in words
    assert quote(password, safe="") not in shown(secret)


@given(PASSWORDS)
def test_a_password_that_was_left_unescaped_is_never_shown(password: str) -> None:
    # Given an address as people write it by mistake, when it is shown, then its password is not
    assert password not in shown(SecretStr(f"redis://:{password}@host/0"))
