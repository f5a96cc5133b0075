"""The replay server stands where an outside service would, over real HTTP."""

import socket
import threading
from typing import Any

import httpx2
import pytest

from agents.sources.http.client import Http
from agents.sources.http.site import Site
from orchestrator.recordings.book import Book
from orchestrator.recordings.exchange import Exchange
from orchestrator.recordings.server import playing

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
        assert (answer.status_code, answer.json()) == (404, {"message": "not in the recording: GET /repo?a=1"})
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
    [(b"GET http://[ HTTP/1.1\r\n\r\n", b"400"), (b"POST /x HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"413")],
)
def test_a_request_that_is_none_is_told_so(request_: bytes, status: bytes) -> None:
    with playing(Book.of([])) as player, socket.create_connection(("127.0.0.1", player.server_port)) as line:
        line.sendall(request_)
        assert line.recv(100).split()[1] == status
