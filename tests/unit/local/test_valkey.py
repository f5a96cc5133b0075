"""The configuration that the broker gets."""

import ast
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.local.place import Place
from orchestrator.local.valkey import configuration, quoted


@given(st.binary())
def test_any_value_is_one_quoted_word_that_reads_back_the_same(value: bytes) -> None:
    # Given any bytes that a path can have
    text = os.fsdecode(value)
    # When they are quoted
    word = quoted(text)
    # Then they read back the same, and neither a blank, a quote nor a line's end stands bare
    assert ast.literal_eval(f"b{word}") == value
    assert word.isascii()
    assert not set(word[1:-1]) & set(" \"'\n\r\t")


def test_the_server_is_closed_to_the_network_and_asks_for_a_password() -> None:
    # Given a place
    place = Place(Path("/data"), Path("/run"))
    # When its configuration is composed
    lines = configuration(place, password="s3cret-word").splitlines()
    # Then there is no port, and there is a password, a closed socket and a durable file
    assert 'port "0"' in lines
    assert 'requirepass "s3cret-word"' in lines
    assert 'unixsocket "/run/valkey.sock"' in lines
    assert 'unixsocketperm "700"' in lines
    assert 'appendonly "yes"' in lines
    assert 'daemonize "no"' in lines
    assert 'dir "/data/valkey"' in lines
