"""Plays for the tests of oversight."""

import pytest
from support.plays import Play, sender
from support.stages import Stage


@pytest.fixture
def play(stage: Stage) -> Play:
    return Play(stage, sender(stage.addresses.broker_url))
