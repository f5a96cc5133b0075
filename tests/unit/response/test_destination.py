"""Whom a webhook may call: by words, by address, and by nobody's later change of mind."""

import socket
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.http.public import is_public, resolve
from orchestrator.response.contract import ActionError, ActionRefusedError
from orchestrator.response.webhooks.destination import Allowed, find_destination, read_hosts

PUBLIC = "93.184.215.14"
INSIDE = (
    "127.0.0.1", "127.8.9.10", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
    "224.0.0.1", "239.255.255.250", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:5db8:d70e::1", "2001:0:1::1", "::ffff:0:127.0.0.1", "2a00::5efe:7f00:1", "2a00::200:5efe:a00:1", "nonsense",
)  # fmt: skip


def at(*addresses: str) -> Callable[[str, int], list[str]]:
    """Return a resolver that gives these addresses to every name."""
    return lambda _host, _port: list(addresses)


def nobody(_host: str, _port: int) -> list[str]:
    """Resolve nothing: whoever asks has asked too early."""
    raise AssertionError("the name was looked up")


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_that_is_not_public_is_called(address: str) -> None:
    # Given a public name that points inside, when it is to be called, then that is refused with the remedy
    with pytest.raises(ActionRefusedError, match="webhook_private_hosts"):
        find_destination("https://hooks.example.org/x", allowed=Allowed(), by=at(address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_in_an_ipv6_dress_is_never_more_public_than_itself(number: int) -> None:
    # Given any IPv4 address, when it comes mapped, compatible, translated or by 6to4
    plain = socket.inet_ntoa(number.to_bytes(4, "big"))
    high, low = number >> 16, number & 0xFFFF
    # Then it is public only where the plain one is, and only in the form that leads to just that one
    assert is_public(f"::ffff:{plain}") == is_public(plain)
    assert not is_public(f"64:ff9b::{high:x}:{low:x}")
    assert not is_public(f"2002:{high:x}:{low:x}::1")
    assert not is_public(f"::ffff:0:{high:x}:{low:x}")


def test_one_address_inside_among_many_is_enough_to_refuse() -> None:
    # Given a name with a public and a private address, when it is to be called, then it is not
    with pytest.raises(ActionRefusedError, match="10\\.0\\.0\\.1"):
        find_destination("https://hooks.example.org", allowed=Allowed(), by=at(PUBLIC, "10.0.0.1"))


def test_a_name_is_looked_up_once_and_the_call_goes_to_what_it_was() -> None:
    # Given a name that points outside once and inside ever after
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    # When the destination is found
    found = find_destination("https://hooks.example.org/x", allowed=Allowed(), by=lambda _host, _port: next(answers))
    # Then it is the address that was checked, with the host that was asked for
    assert (found.address, found.host, found.port) == (PUBLIC, "hooks.example.org", 443)
    assert next(answers) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "localhost", "[::1]", "0"])
def test_a_host_written_as_a_number_in_disguise_is_judged_by_where_it_leads(host: str) -> None:
    # Given a loopback host in disguise, when the system itself resolves it, then it is refused, or has no address
    with pytest.raises(ActionError):
        find_destination(f"https://{host}/x", allowed=Allowed(), by=resolve)


def test_words_are_refused_before_anybody_is_asked_where_a_host_is() -> None:
    # Given an operator's list of hosts, when another host, or one without TLS, is named, then no name is looked up
    only = Allowed(hosts=read_hosts("hooks.example.org, other.example.org:8443"))
    with pytest.raises(ActionRefusedError, match="none of webhook_hosts"):
        find_destination("https://elsewhere.example.org", allowed=only, by=nobody)
    with pytest.raises(ActionRefusedError, match="none of webhook_hosts"):
        find_destination("https://other.example.org", allowed=only, by=nobody)
    with pytest.raises(ActionRefusedError, match="http, not https"):
        find_destination("http://hooks.example.org", allowed=Allowed(), by=nobody)
    # And those that are named may be called, in any spelling of their case
    assert find_destination("https://HOOKS.example.org.", allowed=only, by=at(PUBLIC)).host == "hooks.example.org"
    assert find_destination("https://other.example.org:8443", allowed=only, by=at(PUBLIC)).port == 8443


def test_a_private_host_is_called_only_where_an_operator_named_it() -> None:
    # Given an operator who named one host and port
    allowed = Allowed(private=read_hosts("127.0.0.1:8080"))
    # When that one is called, then it is allowed, without TLS as well
    assert find_destination("http://127.0.0.1:8080/x", allowed=allowed).address == "127.0.0.1"
    # And another port of the same host is not
    with pytest.raises(ActionRefusedError):
        find_destination("http://127.0.0.1:8081/x", allowed=allowed, by=nobody)


def test_a_name_without_an_address_may_have_one_later() -> None:
    # Given a resolver that finds nothing
    def none(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    # When the destination is looked for, then the error is one that is tried again
    with pytest.raises(ActionError, match="has no address") as caught:
        find_destination("https://hooks.example.org", allowed=Allowed(), by=none)
    assert not isinstance(caught.value, ActionRefusedError)
