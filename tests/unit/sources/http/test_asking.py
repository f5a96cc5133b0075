"""Asking a site what is too long for an address: the same care as for a page, and nobody else hears the question."""

import gzip
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from support.services import Said
from unit.sources.http.answering import Shelf, answering, as_json

from agents.errors import AgentError, QuotaExhaustedError, SourceUnavailableError, StoppedError
from agents.sources.http.client import Http
from agents.sources.http.errors import DeniedError, GoneError, RefusedError
from agents.sources.http.site import Site
from agents.sources.http.wire import Limits

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SECRET = "Bearer not-for-others"


Asking = Callable[..., Http]


@pytest.fixture
def asking() -> Iterator[Asking]:
    """Return a function that gives a client for a service at an address, as its operator set it up."""
    clients: list[Http] = []

    def make(url: str, *, shelf: Shelf | None = None, stop: threading.Event | None = None) -> Http:
        site = Site("service", url, headers={"authorization": SECRET})
        limits = Limits(seconds=5, bytes=2_000)
        client = Http(stop=stop or threading.Event(), sites=[site], shelf=shelf, limits=limits, now=lambda: NOW)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.__exit__(None, None, None)


def test_a_question_is_sent_as_json_with_the_sites_own_headers_and_its_answer_is_a_page(asking: Asking) -> None:
    # Given a service that answers questions
    with answering(lambda asked: as_json({"asked": asked.json()})) as there:
        # When it is asked one, whatever is in it
        page = asking(f"{there.url}/api").post("service", "v1/ask", {"names": ["caf\xe9", "\u202e\ud800", None]})
    # Then it heard it
    (heard,) = there.heard
    assert (heard.method, heard.path) == ("POST", "/api/v1/ask")
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["authorization"] == SECRET
    # And its answer is there in full
    assert page.json() == {"asked": {"names": ["caf\xe9", "\u202e\ud800", None]}}
    assert (page.url, page.at, page.unchanged, page.moved) == (f"{there.url}/api/v1/ask", NOW, False, False)


def test_an_answer_to_a_question_is_not_kept_and_no_condition_is_put_to_it(asking: Asking) -> None:
    # Given a service that marks all that it says
    shelf = Shelf()
    with answering(lambda _: as_json({}, etag='"v1"')) as there:
        client = asking(there.url, shelf=shelf)
        # When it is asked twice, then it is asked in full
        for _ in range(2):
            client.post("service", "ask", {})
    assert shelf == {}
    assert not any("if-none-match" in one.headers for one in there.heard)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_question_is_not_sent_on_to_another_place(asking: Asking, status: int) -> None:
    # Given a service that sends its callers elsewhere
    with answering(lambda _: as_json({})) as other:
        to = f"{other.url}/\x1b[31mask?key=hidden".replace("\x1b", "%1B")
        with (
            answering(lambda _: Said(status, headers={"location": to})) as there,
            pytest.raises(RefusedError, match=r"sends a question on to .* where it is not asked; set the address of"),
        ):
            asking(there.url).post("service", "ask", {"secret": 1})
    # Then nobody else hears of it
    assert len(there.heard) == 1
    assert other.heard == []


@pytest.mark.parametrize("path", ["https://elsewhere.example.org/ask", "../ask"])
def test_a_question_to_another_place_is_refused_before_it_is_asked(asking: Asking, path: str) -> None:
    refused = pytest.raises(RefusedError, match="is not below the address of service")
    with answering(lambda _: as_json({})) as there, refused:
        asking(f"{there.url}/api").post("service", path, {})
    assert there.heard == []


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(404), GoneError, "it answered 404"),
        (Said(401), DeniedError, "it answered 401"),
        (Said(400, b'{"code": 3}'), RefusedError, "it answered 400"),
        (Said(500, b"<html>oops</html>"), SourceUnavailableError, "it answered 500"),
        (Said(304), SourceUnavailableError, "it answered 304"),
        (Said(302), SourceUnavailableError, "a redirect to nowhere"),
        (Said(200, b"x" * 2_001), RefusedError, "more than 2,000 bytes"),
        (Said(200, gzip.compress(b"\0" * 10_000_000), {"content-encoding": "gzip"}), RefusedError, "more than 2,000"),
        (Said(200, b"short", {"content-length": "9", "connection": "close"}), SourceUnavailableError, "did not answer"),
    ],
)
def test_what_goes_wrong_with_a_question_is_told_with_its_place_and_without_secrets(
    asking: Asking, said: Said, error: type[AgentError], words: str
) -> None:
    with answering(lambda _: said) as there, pytest.raises(error, match=words) as raised:
        asking(there.url).post("service", "ask", {"hidden": "hidden"})
    assert type(raised.value) is error
    assert there.url in str(raised.value)
    assert "hidden" not in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_limit_on_questions_is_waited_for_until_the_time_that_was_named(asking: Asking) -> None:
    limit = Said(429, headers={"retry-after": "90"})
    with answering(lambda _: limit) as there, pytest.raises(QuotaExhaustedError) as raised:
        asking(there.url).post("service", "ask", {})
    assert raised.value.retry_at == NOW + timedelta(seconds=90)


def test_a_step_that_is_told_to_stop_asks_nobody(asking: Asking) -> None:
    stop = threading.Event()
    stop.set()
    with answering(lambda _: as_json({})) as there, pytest.raises(StoppedError, match="asking"):
        asking(there.url, stop=stop).post("service", "ask", {})
    assert there.heard == []


def test_what_can_be_no_json_is_not_sent(asking: Asking) -> None:
    with answering(lambda _: as_json({})) as there, pytest.raises(ValueError, match="JSON compliant"):
        asking(there.url).post("service", "ask", float("nan"))
    assert there.heard == []


def test_a_site_is_known_where_its_operator_set_it_up_and_its_base_may_be_all_there_is(asking: Asking) -> None:
    # Given a service whose address is that of one file
    with answering(lambda _: as_json([])) as there:
        client = asking(f"{there.url}/files/list.json")
        assert client.get("service", "").json() == []
        assert client.get("service", "", params={"a": "b"}).json() == []
    # Then just that is asked for
    assert there.paths == ["/files/list.json", "/files/list.json?a=b"]
    assert (client.knows("service"), client.knows("other")) == (True, False)
