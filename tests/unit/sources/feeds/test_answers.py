"""What a feed's server answers when it does not give the feed: each for what it is, with what to do about it."""

from datetime import timedelta

import pytest
from support.feeds import NOW, atom, lamp, look_at, look_at_address, silent
from support.services import Heard, Said

from agents.contract import CoverageState
from agents.errors import AgentError, QuotaExhaustedError, SourceUnavailableError
from agents.sources.http.errors import DeniedError, GoneError, RefusedError
from agents.sources.http.wire import Limits


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (404, GoneError, "it answered 404; open the address in a browser: name the feed's new one, or take the"),
        (410, GoneError, "it answered 410; open the address in a browser"),
        (401, DeniedError, "it answered 401; its publisher does not give it to programs without an account"),
        (403, DeniedError, "it does not allow this.*; its publisher does not give it to programs without"),
        (406, RefusedError, "it answered 406; look whether the address is right"),
        (500, SourceUnavailableError, "it answered 500"),
        (502, SourceUnavailableError, "it answered 502"),
        (304, SourceUnavailableError, "it answered 304"),
    ],
)
def test_a_server_that_does_not_give_its_feed_is_told_with_a_remedy(
    status: int, error: type[AgentError], words: str
) -> None:
    with pytest.raises(error, match=words) as raised:
        look_at(Said(status, b"<html>Sorry</html>"))
    assert type(raised.value) is error
    assert "http://127.0.0.1:" in str(raised.value)
    assert getattr(raised.value, "status", status) == status


@pytest.mark.parametrize("status", [429, 503, 403])
def test_a_server_that_names_a_time_is_asked_again_then(status: int) -> None:
    with pytest.raises(QuotaExhaustedError) as raised:
        look_at(Said(status, headers={"retry-after": "120"}))
    assert raised.value.retry_at == NOW + timedelta(seconds=120)


def test_a_feed_that_has_moved_is_read_and_its_new_address_said() -> None:
    # Given a feed that is elsewhere for good
    def script(heard: Heard) -> Said:
        return Said(301, headers={"location": "/new"}) if heard.path == "/feed" else Said(body=atom(lamp(1)))

    looked = look_at(script)
    # Then it is read there, and the user reads where that is
    assert looked.only.key == "urn:lamp:1"
    assert looked.collected.coverage[0].state is CoverageState.COMPLETE
    assert looked.detail.endswith(f"it has moved for good to {looked.url}/new; name that address")
    # And that is said as long as it is so
    assert "/new; name that address" in look_at(script, after=looked).detail


def test_a_feed_that_is_elsewhere_for_now_is_read_and_no_more_said() -> None:
    def script(heard: Heard) -> Said:
        return Said(302, headers={"location": "/now"}) if heard.path == "/feed" else Said(body=atom(lamp(1)))

    assert "moved" not in look_at(script).detail


def test_a_server_that_says_nothing_is_given_up_for_now() -> None:
    with silent() as url, pytest.raises(SourceUnavailableError, match="did not answer in time"):
        look_at_address(url, limits=Limits(seconds=0.3))


def test_a_server_that_hangs_up_in_the_middle_is_asked_again() -> None:
    # Given a server that promises more than it sends
    body = atom(lamp(1))
    said = Said(body=body, headers={"content-length": str(len(body) + 1), "connection": "close"})
    with pytest.raises(SourceUnavailableError, match="did not answer"):
        look_at(said, limits=Limits(seconds=0.5))


def test_a_host_that_nobody_allowed_is_not_asked_without_encryption() -> None:
    with pytest.raises(RefusedError, match=r"^feed: http://feeds\.example\.org/x is plain http.*use https$"):
        look_at_address("http://feeds.example.org/x")
