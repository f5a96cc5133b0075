"""One call over real sockets: pinned, bounded in time and size, under the certificate of the host that was meant."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from httpcore2 import ReadTimeout

from agents.sources.http.bounded import Deadline
from orchestrator.response.contract import ActionError, ActionRefusedError
from orchestrator.response.webhooks.calling import LONGEST_BODY, Caller
from orchestrator.response.webhooks.destination import Destination

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
Serve = Callable[[socket.socket], None]


@contextmanager
def server(serve: Serve, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve one connection; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def spoken(connection: socket.socket) -> None:
            if tls is None:
                serve(connection)
                return
            with tls.wrap_socket(connection, server_side=True) as under_tls:
                serve(under_tls)

        def work() -> None:
            connection, _ = listening.accept()
            with connection:
                try:
                    spoken(connection)
                except OSError:
                    return  # the caller has hung up

        thread = threading.Thread(target=work)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def destination(port: int, *, host: str = "hooks.example.org", scheme: str = "http") -> Destination:
    """Return a host that no resolver knows, at this machine's own address."""
    return Destination(f"{scheme}://{host}:{port}/hook", host=host, port=port, address="127.0.0.1")


def answer(said: bytes, heard: list[bytes] | None = None) -> Serve:
    """Return what hears one request and says this."""

    def serve(connection: socket.socket) -> None:
        request = b""
        while not request.endswith(b"{}") and (piece := connection.recv(65_536)):
            request += piece  # what is left unread would cut the answer off
        if heard is not None:
            heard.append(request)
        connection.sendall(said)

    return serve


def drip(connection: socket.socket) -> None:
    """Send a byte of an endless header whenever the other side still listens."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
    gone = threading.Event()
    while not gone.wait(0.05):
        connection.sendall(b"y")


def pour(connection: socket.socket) -> None:
    """Send a body without an end."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n")
    while True:
        connection.sendall(b"z" * 65_536)


def test_the_call_goes_to_the_pinned_address_and_asks_for_the_host() -> None:
    # Given a host without any address of its own
    heard: list[bytes] = []
    with server(answer(OK, heard)) as port:
        # When it is called at the address that was chosen
        status = Caller(seconds=5).post(destination(port), b"{}", {"webhook-id": "act-1"})
    # Then the request arrived, for the host
    assert status == 200
    assert b"POST /hook HTTP/1.1" in heard[0]
    assert f"Host: hooks.example.org:{port}".encode().lower() in heard[0].lower()
    assert b"webhook-id: act-1" in heard[0]


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an environment that names a proxy, when a call is made, then it goes straight to its address
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with server(answer(OK)) as port:
        assert Caller(seconds=5).post(destination(port), b"{}", {}) == 200


def test_a_server_that_drips_does_not_hold_a_call_up_for_ever() -> None:
    # Given a server that sends a byte now and then, so that no single read is late
    with server(drip) as port, pytest.raises(ActionError, match="ReadTimeout"):
        # When it is called, then the whole call has its time, and the error is one that is tried again
        Caller(seconds=0.4).post(destination(port), b"{}", {})


def test_a_deadline_that_has_passed_leaves_nothing() -> None:
    with pytest.raises(ReadTimeout):
        Deadline.after(-1).left()


def test_an_endless_answer_is_read_no_further_than_needed() -> None:
    # Given a server whose answer never ends, when it is called, then its status is enough
    with server(pour) as port:
        assert Caller(seconds=10).post(destination(port), b"{}", {}) == 200


def stall(connection: socket.socket) -> None:
    """Promise a body, and hang up instead: the rest never comes."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\nx")


@pytest.mark.parametrize("bad", [stall, answer(b"HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")])
def test_an_answer_that_accepts_counts_whatever_becomes_of_its_body(bad: Serve) -> None:
    # Given a server that accepts, and whose body breaks off or is nonsense, when it is called, then it has accepted
    with server(bad) as port:
        assert Caller(seconds=5).post(destination(port), b"{}", {}) == 202


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n"])
def test_a_server_that_speaks_no_http_may_do_better_later(said: bytes) -> None:
    # Given a server that hangs up, or talks nonsense, when it is called, then it is tried again
    with server(answer(said)) as port, pytest.raises(ActionError, match="did not answer") as caught:
        Caller(seconds=5).post(destination(port), b"{}", {})
    assert not isinstance(caught.value, ActionRefusedError)


def test_a_body_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(ActionRefusedError, match="16385 bytes"):
        Caller().post(destination(1), b"x" * (LONGEST_BODY + 1), {})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate for hooks.example.org that signs itself, with its key."""
    folder = tmp_path_factory.mktemp("tls")
    name = "-subj /CN=hooks.example.org -addext subjectAltName=DNS:hooks.example.org"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 {name}"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", *words.split(), *files], check=True, capture_output=True)
    return folder


def test_tls_is_checked_against_the_host_that_was_meant(certificate: Path) -> None:
    # Given a server with a certificate for hooks.example.org
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    trusting = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    # When it is called by that name at its pinned address, then it answers
    with server(answer(OK), tls=ours) as port:
        assert Caller(5, tls=trusting).post(destination(port, scheme="https"), b"{}", {}) == 200
    # And by another name, or by somebody who does not trust it, it is not talked to
    with server(answer(OK), tls=ours) as port, pytest.raises(ActionError, match="CERTIFICATE_VERIFY_FAILED"):
        Caller(5, tls=trusting).post(destination(port, host="other.example.org", scheme="https"), b"{}", {})
    with server(answer(OK), tls=ours) as port, pytest.raises(ActionError, match="CERTIFICATE_VERIFY_FAILED"):
        Caller(5).post(destination(port, scheme="https"), b"{}", {})
