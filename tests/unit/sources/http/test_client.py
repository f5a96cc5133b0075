"""Asking a service over real HTTP: what was kept is not sent again, and what goes wrong says what and where."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from httpcore2 import ConnectError
from support.services import Heard, Said, service

from agents.errors import AgentError, QuotaExhaustedError, SourceUnavailableError, StoppedError
from agents.sources.http.client import MOST_KEPT, Http
from agents.sources.http.errors import DeniedError, GoneError, RefusedError
from agents.sources.http.guard import Guard, GuardedBackend
from agents.sources.http.page import Kept
from agents.sources.http.public import Resolve
from agents.sources.http.site import Site
from agents.sources.http.wire import Limits

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SECRET = "Bearer not-for-others"


class Shelf(dict[str, Kept]):
    """A shelf in memory."""

    def find(self, key: str) -> Kept | None:
        """Return the page that was kept under a key."""
        return self.get(key)

    def keep(self, key: str, page: Kept) -> None:
        """Keep a page."""
        self[key] = page


Asking = Callable[..., Http]


@pytest.fixture
def asking() -> Iterator[Asking]:
    """Return a function that gives a client for a service at an address, as its operator set it up."""
    clients: list[Http] = []

    def make(url: str, *, shelf: Shelf | None = None, limits: Limits | None = None, guard: Guard | None = None) -> Http:
        site = Site("service", url, headers={"authorization": SECRET})
        client = Http(stop=threading.Event(), sites=[site], shelf=shelf, limits=limits, guard=guard, now=lambda: NOW)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.__exit__(None, None, None)


def test_a_page_that_has_not_changed_is_not_sent_again(asking: Asking) -> None:
    # Given a service that marks its pages, and says so where one is known already
    def script(heard: Heard) -> Said:
        if heard.headers.get("if-none-match") == '"v1"':
            return Said(304, headers={"etag": '"v1"', "x-ratelimit-remaining": "59"})
        return Said(body=b'{"a": 1}', headers={"etag": '"v1"', "x-ratelimit-remaining": "59", "link": "<x>"})

    shelf = Shelf()
    with service(script) as there:
        # When it is asked twice
        first = asking(there.url, shelf=shelf).get("service", "/repo", params={"page": "2"})
        second = asking(there.url, shelf=shelf).get("service", "/repo", params={"page": "2"})
    # Then the second time nothing was sent, and the page is the same, with all its headers
    assert (first.unchanged, second.unchanged) == (False, True)
    assert first.json() == second.json() == {"a": 1}
    assert second.headers["link"] == "<x>"
    assert second.at == NOW
    # And the address and its query were asked for, with the site's own headers
    assert [one.path for one in there.heard] == ["/repo?page=2"] * 2
    assert [one.headers["authorization"] for one in there.heard] == [SECRET] * 2
    # And nothing secret is kept
    assert not any(SECRET in key or SECRET in repr(page.headers) for key, page in shelf.items())


def test_a_server_of_recordings_is_known_by_its_word_and_the_world_says_none(asking: Asking) -> None:
    # Given a service that says of its second page that it is a replay, in odd characters
    def script(heard: Heard) -> Said:
        return Said(body=b"{}", headers={"x-lookout-replay": "the worm\u001b[31m"} if heard.path == "/two" else {})

    with service(script) as there:
        client = asking(there.url)
        # When it is asked for both
        client.get("service", "/one")
        before = client.replayed
        client.get("service", "/two")
        client.get("service", "/one")
    # Then it is known from then on, in plain words
    assert before == ""
    assert client.replayed == "the worm"


def test_a_strangers_word_that_it_is_a_replay_counts_for_nothing(asking: Asking) -> None:
    # Given a stranger's feed, on a host that the operator allows, and a site that sends on to a stranger
    def script(heard: Heard) -> Said:
        return Said(headers={"x-lookout-replay": "a drill"})

    with service(script) as stranger, service(lambda _: Said(302, headers={"location": stranger.url})) as own:
        place = stranger.url.removeprefix("http://")
        consented = asking(own.url, guard=Guard(frozenset({place})))
        strict = asking(own.url, guard=Guard(frozenset()))
        # When both are asked, once with the operator's consent and once without
        consented.open(f"{stranger.url}/feed")
        with pytest.raises(AgentError):
            strict.get("service", "/elsewhere")
    # Then it counts where the operator named the host, and nowhere else
    assert (consented.replayed, strict.replayed) == ("a drill", "")


@pytest.mark.parametrize("path", ["/api/%2e%2e/other", "/api/..%2fother", "/api/../other"])
def test_no_disguise_leads_out_of_a_sites_base(path: str) -> None:
    assert not Site("service", "https://forge.example/api").owns(f"https://forge.example{path}")


def test_who_asks_is_told_to_a_site_or_not(asking: Asking) -> None:
    assert asking("http://127.0.0.1:1").is_known_at("service")


def test_a_page_is_kept_for_those_alone_who_ask_the_same_way(asking: Asking) -> None:
    shelf = Shelf()
    with service(lambda _: Said(body=b"x", headers={"last-modified": "Sun, 22 Nov 2026 01:00:00 GMT"})) as there:
        asking(there.url, shelf=shelf).get("service", "/repo", accept="application/json")
        asking(there.url, shelf=shelf).get("service", "/repo", accept="text/html")
        anybody = Http(stop=threading.Event(), sites=[Site("service", there.url)], shelf=shelf)
        with anybody:
            anybody.get("service", "/repo", accept="application/json")
    assert not any("if-modified-since" in one.headers for one in there.heard)
    assert len(shelf) == 3


@pytest.mark.parametrize("headers", [{}, {"etag": '"v1"'}])
def test_what_has_no_mark_or_is_too_large_is_not_kept(asking: Asking, headers: dict[str, str]) -> None:
    shelf = Shelf()
    body = b"x" * (MOST_KEPT + 1 if headers else 1)
    with service(lambda _: Said(body=body, headers=headers)) as there:
        assert asking(there.url, shelf=shelf).get("service", "/").body == body
    assert shelf == {}


def test_a_repository_that_was_renamed_is_found_and_said_to_have_moved(asking: Asking) -> None:
    # Given a service whose page is elsewhere now
    def script(heard: Heard) -> Said:
        if heard.path == "/old":
            return Said(301, headers={"location": "/new"})
        return Said(body=b"here")

    with service(script) as there:
        page = asking(there.url).get("service", "/old")
    # Then it is found, under its new address
    assert (page.body, page.url, page.moved) == (b"here", f"{there.url}/new", True)


def test_a_redirect_for_now_is_no_move(asking: Asking) -> None:
    with service(lambda heard: Said(302, headers={"location": "/b"}) if heard.path == "/a" else Said()) as there:
        assert not asking(there.url).get("service", "/a").moved


def test_credentials_do_not_follow_a_redirect_to_another_host(asking: Asking) -> None:
    # Given a service that sends its callers to another one, which the operator knows too
    with service(lambda _: Said(body=b"other")) as other:
        with service(lambda _: Said(302, headers={"location": f"{other.url}/x"})) as there:
            guard = Guard(private=frozenset({other.url.removeprefix("http://")}))
            page = asking(there.url, guard=guard).get("service", "/")
        # Then the other one hears nothing of the credentials
        assert page.body == b"other"
        assert "authorization" not in other.heard[0].headers


def test_a_service_that_sends_one_round_in_circles_is_left_alone(asking: Asking) -> None:
    again = Said(302, headers={"location": "/again"})
    with service(lambda _: again) as there, pytest.raises(SourceUnavailableError, match="redirects 5 times and more"):
        asking(there.url).get("service", "/")
    assert len(there.heard) == 6


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(404), GoneError, "it answered 404"),
        (Said(401), DeniedError, "it answered 401"),
        (Said(422, b"{}"), RefusedError, "it answered 422"),
        (Said(500, b"<html>oops</html>"), SourceUnavailableError, "it answered 500"),
        (Said(304), SourceUnavailableError, "304"),
        (Said(200, b"x" * 2_001), RefusedError, "more than 2,000 bytes"),
        (Said(200, gzip.compress(b"\0" * 10_000_000), {"content-encoding": "gzip"}), RefusedError, "more than 2,000"),
        (Said(200, b"\x28\xb5\x2f\xfd", {"content-encoding": "zstd"}), SourceUnavailableError, "nobody asked for"),
        (
            Said(200, b"short", {"content-length": "100", "connection": "close"}),
            SourceUnavailableError,
            "did not answer",
        ),
        (Said(302, headers={"location": "file:///etc/passwd"}), RefusedError, "no address of the web"),
        (Said(302, headers={"location": "http://[::1"}), RefusedError, "no address"),
        (Said(302, headers={"location": "http://other.example.org/"}), RefusedError, "plain http"),
        (Said(302, headers={"location": "https://127.0.0.1:1/"}), RefusedError, "no public address"),
        (Said(302, headers={"location": "https://[::ffff:10.0.0.1]/"}), RefusedError, "no public address"),
        (Said(302), SourceUnavailableError, "a redirect to nowhere"),
        (Said(302, headers={"location": "https://1.2.3.999/"}), RefusedError, "no address"),
        (Said(302, headers={"location": "https://example.org/\x1b[31m"}), RefusedError, "no address"),
        (Said(302, headers={"location": "https://u:hidden@example.org/?token=hidden"}), RefusedError, "a user's name"),
        (Said(302, headers={"location": "https://example.org:99999/?token=hidden"}), RefusedError, "no address"),
        (Said(302, headers={"location": "//evil:pw@elsewhere.example.org/"}), RefusedError, "plain http|a user"),
        (Said(409, b'{"message": "Git Repository is empty."}'), RefusedError, "it answered 409"),
    ],
)
def test_what_goes_wrong_is_told_with_its_place_and_without_secrets(
    asking: Asking, said: Said, error: type[AgentError], words: str
) -> None:
    with service(lambda _: said) as there:
        client = asking(there.url, limits=Limits(seconds=5, bytes=2_000))
        with pytest.raises(error, match=words) as raised:
            client.get("service", "/repo", params={"key": "hidden"})
    assert type(raised.value) is error
    assert there.url.removeprefix("http://") in str(raised.value) or said.status == 302
    assert "hidden" not in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_limit_is_waited_for_until_the_time_that_was_named(asking: Asking) -> None:
    limit = Said(429, headers={"retry-after": "90"})
    with service(lambda _: limit) as there, pytest.raises(QuotaExhaustedError) as raised:
        asking(there.url).get("service", "/")
    assert raised.value.retry_at == NOW + timedelta(seconds=90)


def test_a_service_that_says_a_byte_now_and_then_is_given_up(asking: Asking) -> None:
    # Given a server that goes on for ever, a byte at a time, each of them well within any wait for one
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        done = threading.Event()

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                try:
                    while not done.wait(0.02):
                        connection.sendall(b"H")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        # When it is asked
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(SourceUnavailableError, match="did not answer"):
            asking(url, limits=Limits(seconds=0.5)).get("service", "/")
        done.set()
        thread.join()


def test_a_step_that_is_told_to_stop_asks_nobody_and_reads_no_further() -> None:
    # Given a step that is told to stop as soon as the first answer comes
    stop = threading.Event()

    def script(_: Heard) -> Said:
        stop.set()
        return Said(body=b"x" * 1_000)

    with service(script) as there, Http(stop=stop, sites=[Site("service", there.url)]) as client:
        with pytest.raises(StoppedError, match="reading"):
            client.get("service", "/")
        with pytest.raises(StoppedError, match="asking"):
            client.get("service", "/")
    assert len(there.heard) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://feeds.example.org/x", "plain http"),
        ("ftp://feeds.example.org/x", "no address of the web"),
        ("feeds.example.org", "no address of the web"),
        ("https:///x", "no address of the web"),
        ("https://feeds.example.org:99999/", "is no address"),
        ("https://localhost/feed", "no public address"),
        ("https://rebound.example.org/feed", "no public address"),
    ],
)
def test_an_address_of_somebody_elses_choosing_leads_nowhere_inside(url: str, words: str) -> None:
    guard = Guard(resolve=lambda host, _port: ["93.184.216.34", "10.0.0.7"] if "rebound" in host else ["127.0.0.1"])
    with Http(stop=threading.Event(), guard=guard) as client, pytest.raises(RefusedError, match=words):
        client.open(url)


def unknown(host: str, _port: int) -> list[str]:
    """Resolve nothing."""
    raise OSError(f"{host} is not known")


@pytest.mark.parametrize("resolve", [unknown, lambda *_: []])
def test_a_host_without_an_address_did_not_answer(resolve: Resolve) -> None:
    no_address = pytest.raises(SourceUnavailableError, match="has no address")
    with Http(stop=threading.Event(), guard=Guard(resolve=resolve)) as client, no_address:
        client.open("https://gone.example.org/feed")


@pytest.mark.parametrize("body", [b"<!DOCTYPE html>", b'{"a": 1', b"[" * 100_000, b"\xff\xfe", b""])
def test_a_body_that_is_no_json_says_what_it_is(asking: Asking, body: bytes) -> None:
    with service(lambda _: Said(body=body, headers={"content-type": "text/html"})) as there:
        page = asking(there.url).get("service", "/")
    with pytest.raises(SourceUnavailableError, match="no JSON \\(text/html"):
        page.json()


def test_a_list_is_read_page_by_page_and_no_further_than_wanted(asking: Asking) -> None:
    # Given a list of four pages
    def script(heard: Heard) -> Said:
        number = int(heard.path.partition("page=")[2] or 1)
        link = f'</items?page={number + 1}>; rel="next", </items?page=4>; rel="last"' if number < 4 else ""
        return Said(body=b"%d" % number, headers={"link": link})

    with service(script) as there:
        # When all is wanted, or two pages of it
        everything = list(asking(there.url).pages("service", "/items", most=9))
        some = list(asking(there.url).pages("service", "/items", most=2))
    # Then so many are read, and the last one says whether there are more
    assert [page.json() for page in everything] == [1, 2, 3, 4]
    assert everything[-1].next == ""
    assert [page.json() for page in some] == [1, 2]
    assert some[-1].next == f"{there.url}/items?page=3"
    assert len(there.heard) == 6


@pytest.mark.parametrize(
    "link", ["</items>", "<https://elsewhere.example.org/items>", "<http://[::1>", "<https://x:99999/>", "</\xe9>"]
)
def test_a_list_that_goes_on_elsewhere_or_in_circles_ends(asking: Asking, link: str) -> None:
    with service(lambda _: Said(headers={"link": f'{link}; rel="next"'})) as there:
        assert len(list(asking(there.url).pages("service", "/items", most=9))) == 1


def test_what_a_service_said_stands_with_its_error(asking: Asking) -> None:
    with service(lambda _: Said(409)) as there, pytest.raises(RefusedError) as raised:
        asking(there.url).get("service", "/")
    assert raised.value.status == 409


@pytest.mark.parametrize("mark", ["caf\xe9", "x" * 501, ""])
def test_a_mark_that_cannot_be_said_again_is_none(asking: Asking, mark: str) -> None:
    shelf = Shelf()
    with service(lambda _: Said(body=b"page", headers={"etag": mark})) as there:
        for _ in range(2):
            assert asking(there.url, shelf=shelf).get("service", "/").body == b"page"
    assert shelf == {}


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_words_of_a_limit_are_heard_however_they_come(coding: str) -> None:
    # Given a secondary rate limit of GitHub's, sent in pieces
    words = b'{"message": "You have exceeded a secondary rate limit."}'
    body = gzip.compress(words) if coding else words
    head = f"HTTP/1.1 403 Forbidden\r\ncontent-encoding: {coding}\r\ncontent-length: {len(body)}\r\n\r\n"
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def speak() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.recv(65_536)
                connection.sendall((head if coding else head.replace("content-encoding: \r\n", "")).encode())
                for piece in (body[:10], body[10:14], body[14:]):
                    threading.Event().wait(0.02)
                    connection.sendall(piece)

        thread = threading.Thread(target=speak)
        thread.start()
        site = Site("s", f"http://127.0.0.1:{listening.getsockname()[1]}")
        # When it is heard, then it is one, and not a want of rights
        with Http(stop=threading.Event(), sites=[site]) as http, pytest.raises(QuotaExhaustedError):
            http.get("s", "/")
        thread.join()


def test_an_operators_own_service_is_no_place_for_strangers_addresses(asking: Asking) -> None:
    # Given a service that an operator set up inside
    with service(lambda _: Said(body=b"inside")) as there:
        http = asking(f"{there.url}/api")
        # When an address of somebody else's choosing leads there, then it is not asked
        with pytest.raises(RefusedError, match="plain http"):
            http.open(f"{there.url}/admin")
        # And what lies beside the service's own path is not its own either
        for path in ("/admin", "/api/../admin", "/apiary"):
            with pytest.raises(RefusedError, match="plain http"):
                http.get("service", there.url + path)
        assert http.get("service", "/x").body == b"inside"
    assert [one.path for one in there.heard] == ["/api/x"]


def test_what_a_service_sets_is_not_sent_back_nor_kept(asking: Asking) -> None:
    shelf = Shelf()
    with service(lambda _: Said(headers={"set-cookie": "sid=1", "etag": '"1"'})) as there:
        client = asking(there.url, shelf=shelf)
        assert "set-cookie" not in client.get("service", "/a").headers
        client.get("service", "/b")
    assert not any("cookie" in one.headers for one in there.heard)
    assert not any("set-cookie" in page.headers for page in shelf.values())


def test_a_body_that_has_no_end_of_its_own_is_not_kept(asking: Asking) -> None:
    # Given a service that closes the connection where a body ends: whether it was cut off, nobody knows
    shelf = Shelf()
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def speak() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b'HTTP/1.1 200 OK\r\netag: "1"\r\nconnection: close\r\n\r\n{"a": ')

        thread = threading.Thread(target=speak)
        thread.start()
        page = asking(f"http://127.0.0.1:{listening.getsockname()[1]}", shelf=shelf).get("service", "/")
        thread.join()
    assert (page.body, shelf) == (b'{"a": ', {})


@pytest.mark.parametrize("token", ["secret\n", " secret", "s\xe9cret", "a\x00b"])
def test_a_token_that_cannot_be_sent_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ValueError, match="'authorization': its value cannot be sent") as raised:
        Site("s", "https://api.example.org", {"authorization": token})
    assert token.strip() not in str(raised.value)


def test_the_second_address_of_a_host_is_tried_where_the_first_does_not_answer() -> None:
    with service(lambda _: Said(body=b"here")) as there:
        port = int(there.url.rpartition(":")[2])
        backend = GuardedBackend(Guard(resolve=lambda *_: []), left=lambda: 5.0)
        with pytest.raises(ConnectError, match="no address"):
            backend.connect_tcp("nobody.example.org", port)
        tried: list[str] = []

        class Two(Guard):
            def addresses(self, host: str, port: int) -> list[str]:  # noqa: ARG002  the base's own
                tried.append(host)
                return ["127.0.0.2", "127.0.0.1"]

        # Nobody listens at the first: the service has the other one alone.
        GuardedBackend(Two(), left=lambda: 5.0).connect_tcp("two.example.org", port).close()
    assert tried == ["two.example.org"]
