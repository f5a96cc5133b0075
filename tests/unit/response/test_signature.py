"""Signatures and secrets of webhooks, against literals that openssl and the specification gave, not our own signer."""

import base64

import pytest
from pydantic import SecretStr

from orchestrator.response.webhooks.signature import headers
from orchestrator.settings import load_settings
from orchestrator.settings.secrets import words_of
from orchestrator.settings.webhook_secrets import read_secrets
from orchestrator.telemetry import redactor_for

PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECOND = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="


def test_the_specifications_own_example_has_its_own_signature() -> None:
    # Given the secret, the id, the time and the body that the specification's example shows
    (key,) = read_secrets(f"ops={PUBLISHED}")["ops"]
    # When it is signed
    signed = headers(
        b'{"test": 2432232314}', message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, keys=[key]
    )
    # Then the headers are those that it shows
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_replaced_there_is_a_signature_by_each() -> None:
    # Given a name that is given twice
    keys = read_secrets(f"ops={PUBLISHED}, ops={SECOND}")["ops"]
    assert keys[1] == b"abcdefghijklmnopqrstuvwxyz012345"
    # When something is signed
    signed = headers(b"{}", message_id="act-1", timestamp=1700000000, keys=keys)
    # Then the second signature is what openssl makes of the second secret
    assert signed["webhook-signature"].split(" ")[1] == "v1,MfiFzjqw7eSI5Y7BZl0yQRE38SoCSXAFhhwPfeo+k5Y="


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("whsec_abc", "entry 1 is not NAME=whsec_"),
        (f"Ops={PUBLISHED}", "entry 1 is not NAME=whsec_"),
        (f"a={PUBLISHED} b", "entry 2 is not NAME=whsec_"),
        (f"a={PUBLISHED.removeprefix('whsec_')}", "a is not 'whsec_' and 24 to 64 bytes"),
        ("a=whsec_!!!!", "a is not 'whsec_' and 24 to 64 bytes"),
        (f"a=whsec_{base64.b64encode(b'x' * 23).decode()}", "a is not 'whsec_' and 24 to 64 bytes"),
        (f"a=whsec_{base64.b64encode(b'x' * 65).decode()}", "a is not 'whsec_' and 24 to 64 bytes"),
    ],
)
def test_what_is_no_secret_is_refused_without_being_quoted(text: str, fault: str) -> None:
    # Given a setting that cannot be read, when it is, then the error says which entry and how to make one
    with pytest.raises(ValueError, match=fault) as caught:
        read_secrets(text)
    assert "openssl rand" in str(caught.value)
    # And nothing of the secret stands in it
    assert "MfKQ9" not in str(caught.value)
    assert "!!!!" not in str(caught.value)


def test_each_secret_of_the_list_is_taken_out_of_logs() -> None:
    # Given settings with two secrets
    settings = load_settings(webhook_secrets=SecretStr(f"ops={PUBLISHED} team={SECOND}"))
    # When a text is logged that quotes one of them alone
    shown = redactor_for(settings).text(f"the second is {SECOND}, the first {PUBLISHED}")
    # Then neither is there
    assert "YWJj" not in shown
    assert "MfKQ9" not in shown


def test_what_is_no_list_of_secrets_gives_no_words_away_that_are_none() -> None:
    # Given an address with a parameter, when its secret words are asked for, then the parameter's value is none
    assert "require" not in list(words_of(SecretStr("postgresql://u:word@host/db?sslmode=require")))
