"""Recorded exchanges are read, matched with requests, and played in their order."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import RecordingError
from orchestrator.recordings.book import Book
from orchestrator.recordings.exchange import Exchange, key_of, read_exchanges


def exchange(
    url: str = "https://api.example.org/repo?b=2&a=1",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    body: str = "",
    body_encoding: str = "",
    file: str = "",
    seq: int = 0,
) -> dict[str, Any]:
    """Return an exchange as a line of a recording holds it."""
    response = {"status": status, "headers": dict(headers or {}), "body": body, "body_encoding": body_encoding}
    return {"file": file, "seq": seq, "request": {"method": "GET", "url": url}, "response": response}


def book(*lines: dict[str, Any]) -> Book:
    """Return a book of some lines."""
    return Book.of(Exchange.model_validate(line) for line in lines)


def test_a_request_is_known_by_method_path_and_query_whatever_their_order_and_host() -> None:
    played = book(exchange(body="x")).play(key_of("get", "http://127.0.0.1:1/repo?a=1&b=2"), etag="", since="")
    assert played is not None
    assert played.exchange.body == b"x"


@pytest.mark.parametrize("url", ["/repo", "/repo?a=1", "/repo?a=1&b=3", "/other?a=1&b=2"])
def test_what_was_not_recorded_has_no_answer(url: str) -> None:
    assert book(exchange()).play(key_of("GET", url), etag="", since="") is None
    assert book(exchange()).play(key_of("POST", "/repo?a=1&b=2"), etag="", since="") is None


def test_requests_for_the_same_go_from_one_answer_to_the_next_and_the_last_stays() -> None:
    # Given a recording in which a service failed, and then answered
    recorded = book(exchange("/x", file="f", seq=2, body="good"), exchange("/x", status=500, file="f", seq=1))
    # When it is asked three times
    seen = [recorded.play(key_of("GET", "/x"), etag="", since="") for _ in range(3)]
    # Then it fails, and then it answers
    assert [one.exchange.response.status for one in seen if one] == [500, 200, 200]


@pytest.mark.parametrize(
    ("etag", "since", "unchanged"),
    [('"v1"', "", True), ('"v0"', "", False), ("", "Sun", True), ("", "Mon", False), ('"v0"', "Sun", False)],
)
def test_a_request_that_names_the_mark_of_what_it_would_get_gets_nothing_new(
    etag: str, since: str, *, unchanged: bool
) -> None:
    recorded = book(exchange("/x", headers={"ETag": '"v1"', "Last-Modified": "Sun"}))
    played = recorded.play(key_of("GET", "/x"), etag=etag, since=since)
    assert played is not None
    assert played.unchanged is unchanged


def test_who_asks_without_a_mark_gets_a_page_though_the_recording_says_unchanged() -> None:
    recorded = book(exchange("/x", seq=1, body="page"), exchange("/x", seq=2, status=304))
    key = key_of("GET", "/x")
    asked = [recorded.play(key, etag="", since=""), recorded.play(key, etag="", since="")]
    assert [one.exchange.body for one in asked if one] == [b"page", b"page"]
    # And who has a mark that is not the page's is told what the recording says
    marked = recorded.play(key, etag='"any"', since="")
    assert marked is not None
    assert marked.exchange.response.status == 304


def test_files_are_read_in_order_with_what_is_packed_in_base64(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.jsonl").write_text(json.dumps(exchange("/2", body="AAE=", body_encoding="base64")) + "\n\n")
    (tmp_path / "a.jsonl").write_text(json.dumps(exchange("/1", headers={"X": "1"})))
    (tmp_path / "notes.md").write_text("not a recording")
    first, second = read_exchanges(tmp_path)
    assert (first.request.url, first.header("x"), second.body) == ("/1", "1", b"\x00\x01")
    assert first.header("y") == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2: the line: Invalid JSON"),
        ("[]", "line 2: the line: Input should be"),
        (json.dumps({"request": {"method": "GET", "url": "/"}}), "line 2: response: Field required"),
        (json.dumps(exchange(status=42)), "line 2: response.status: Input should be greater"),
        (json.dumps(exchange(body="?", body_encoding="base64")), "line 2: "),
        (json.dumps(exchange("http://[::1")), "line 2: "),
        (json.dumps(exchange(headers={"X-A\r\nX-Injected: 1\r\nX-B": "1"})), "line 2: response.headers."),
    ],
)
def test_a_recording_that_cannot_be_read_says_where(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text(json.dumps(exchange()) + "\n" + line + "\n")
    with pytest.raises(RecordingError) as raised:
        list(read_exchanges(file))
    assert f"{file}, {words}" in str(raised.value)


def test_a_place_without_a_recording_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"holds no recording; give a folder with files that end in \.jsonl"):
        list(read_exchanges(tmp_path))
    with pytest.raises(RecordingError, match="cannot be read"):
        list(read_exchanges(tmp_path / "none.jsonl"))
