"""The replay server stands where an outside service would, over real HTTP."""

import socket
import struct
import threading
from typing import Any

import httpx2
import pytest

from agents.sources.http.client import Http
from agents.sources.http.site import Site
from orchestrator.errors import RecordingError
from orchestrator.recordings.asking import Asked, Reply
from orchestrator.recordings.book import Book
from orchestrator.recordings.exchange import Exchange
from orchestrator.recordings.server import Player, Told, playing

SERVICE = "https://api.example.org"


def recorded(path: str, *, status: int = 200, headers: dict[str, str] | None = None, body: str = "") -> Exchange:
    """Return an exchange with the service."""
    answer: dict[str, Any] = {"status": status, "headers": headers or {}, "body": body}
    return Exchange.model_validate({"request": {"method": "GET", "url": SERVICE + path}, "response": answer})


def test_links_and_redirects_to_the_service_lead_to_the_server() -> None:
    # Given a recording with pages and a redirect
    book = Book.of(
        [
            recorded("/old", status=301, headers={"Location": f"{SERVICE}/new"}),
            recorded("/new", headers={"Link": f'<{SERVICE}/new?page=2>; rel="next"', "X-Url": SERVICE}, body="[1]"),
            recorded("/new?page=2", body="[2]"),
        ]
    )
    # When it is played to our own client
    with playing(book) as player, Http(stop=threading.Event(), sites=[Site("s", player.url)]) as http:
        first = http.get("s", "/old")
        following = httpx2.Response(200, headers={"link": first.headers["link"]}).links["next"]["url"]
        second = http.get("s", following)
        # Then both were found here, and what is no address of ours was left as it was
        assert (first.json(), second.json()) == ([1], [2])
        assert following.startswith(player.url)
        assert first.headers["x-url"] == SERVICE
        assert (player.tally.requests, player.tally.by_status) == (3, {301: 1, 200: 2})


def test_what_is_in_no_recording_is_not_found_and_counted() -> None:
    with playing(Book.of([])) as player:
        answer = httpx2.get(f"{player.url}/repo?a=1", trust_env=False)
        told = {"message": "not in the recording: GET /repo?a=1", "near": []}
        assert (answer.status_code, answer.json()) == (404, told)
        assert (player.tally.requests, player.tally.unknown) == (1, 1)


def test_a_page_that_is_known_already_is_not_sent_again() -> None:
    with playing(Book.of([recorded("/x", headers={"ETag": '"v1"'}, body="page")])) as player:
        for mark, status, body in (('"v1"', 304, ""), ('"v0"', 200, "page")):
            answer = httpx2.get(f"{player.url}/x", headers={"if-none-match": mark}, trust_env=False)
            assert (answer.status_code, answer.text, answer.headers["etag"]) == (status, body, '"v1"')
        assert player.tally.unchanged == 1


@pytest.mark.parametrize("value", ["a\r\nx-injected: 1", "\u202e\u4e2d", "a\nb"])
def test_whatever_a_recording_holds_a_header_is_one_line(value: str) -> None:
    with playing(Book.of([recorded("/x", headers={"X-Odd": value})])) as player:
        answer = httpx2.get(f"{player.url}/x", trust_env=False)
    assert answer.status_code == 200
    assert "x-injected" not in answer.headers
    assert "x-odd" in answer.headers


def test_a_request_with_a_body_is_answered_and_the_connection_goes_on() -> None:
    line = {"request": {"method": "POST", "url": "/query", "body": "{}"}, "response": {"status": 200, "body": "{}"}}
    with playing(Book.of([Exchange.model_validate(line)])) as player, httpx2.Client(trust_env=False) as client:
        for _ in range(2):
            assert client.post(f"{player.url}/query", json={"a": 1}).json() == {}


def test_only_the_service_itself_is_stood_in_for() -> None:
    link = f'<{SERVICE}.evil.example/y>; rel="a", <{SERVICE}>; rel="b", <{SERVICE}?c>; rel="c"'
    with playing(Book.of([recorded("/x", headers={"Link": link})])) as player:
        told = httpx2.get(f"{player.url}/x", trust_env=False).headers["link"]
        assert told == f'<{SERVICE}.evil.example/y>; rel="a", <{player.url}>; rel="b", <{player.url}?c>; rel="c"'


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET http://[ HTTP/1.1\r\n\r\n", b"400"),
        (b"POST /x HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"413"),
        (b"POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", b"411"),
        (b"POST /x HTTP/1.1\r\norigin: https://page.example\r\n\r\n", b"403"),
    ],
)
def test_a_request_that_is_none_is_told_so(request_: bytes, status: bytes) -> None:
    with playing(Book.of([])) as player, socket.create_connection(("127.0.0.1", player.server_port)) as line:
        line.sendall(request_)
        assert line.recv(100).split()[1] == status


def test_every_answer_says_that_it_is_a_replay_and_of_what() -> None:
    # Given a recording that pretends to be another, and would last beyond itself
    headers = {"X-Lookout-Replay": "no", "Set-Cookie": "a=b", "Strict-Transport-Security": "max-age=1"}
    book = Book.of([recorded("/x", headers=headers)], title="the worm\r\nx-injected: 1")
    with playing(book) as player, httpx2.Client(trust_env=False) as client:
        for path in ("/x", "/none"):
            told = client.get(f"{player.url}{path}").headers
            assert told.get_list("x-lookout-replay") == ["the worm x-injected: 1"]
            assert not {"set-cookie", "strict-transport-security", "x-injected"} & set(told)
        # What it refuses says so too
        refused = client.get(f"{player.url}/x", headers={"origin": "https://page.example"})
        assert (refused.status_code, refused.headers["x-lookout-replay"]) == (403, "the worm x-injected: 1")


def test_who_looks_on_hears_of_each_request() -> None:
    heard: list[Told] = []
    with playing(Book.of([recorded("/x", body="page")]), heard=heard.append) as player:
        for path in ("/x?per_page=5", "/none"):
            httpx2.get(f"{player.url}{path}", trust_env=False)
    assert [(one.method, one.path, one.status, one.known) for one in heard] == [
        ("GET", "/x?per_page=5", 200, True),
        ("GET", "/none", 404, False),
    ]
    assert heard[0].size == 4


@pytest.mark.parametrize("host", ["192.0.2.1", "lookout.example", "::", ""])
def test_it_is_never_open_to_other_machines(host: str) -> None:
    with pytest.raises(RecordingError, match="not this machine's own: give"):
        Player(Book.of([]), host=host)


@pytest.mark.parametrize(("host", "begins"), [("localhost", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_it_stands_at_any_address_of_this_machines_own(host: str, begins: str) -> None:
    with playing(Book.of([recorded("/x", body="page")]), host=host) as player:
        assert player.url.startswith(begins)
        assert httpx2.get(f"{player.url}/x", trust_env=False).text == "page"


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with playing(Book.of([])) as player, pytest.raises(RecordingError, match="give another, or 0 for any that is free"):
        Player(Book.of([]), port=player.server_port)


def test_who_leaves_before_the_answer_is_no_trouble(capfd: pytest.CaptureFixture[str]) -> None:
    # Given an answer that is larger than what a connection holds
    with playing(Book.of([recorded("/x", body="x" * 20_000_000)])) as player:
        # When somebody asks and is gone
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", player.server_port)) as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                line.sendall(b"GET /x HTTP/1.1\r\n\r\n")
                line.recv(10)
        # Then the next one is answered, and nothing was said of it
        assert httpx2.get(f"{player.url}/x", trust_env=False).status_code == 200
    assert capfd.readouterr().err == ""


def test_an_error_of_our_own_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    class Broken(Book):
        def answer(self, asked: Asked, *, url: str) -> Reply:  # noqa: ARG002  the protocol's own signature
            raise ZeroDivisionError

    with playing(Broken({})) as player, pytest.raises(httpx2.TransportError):
        httpx2.get(f"{player.url}/x", trust_env=False)
    assert "ZeroDivisionError" in capfd.readouterr().err
