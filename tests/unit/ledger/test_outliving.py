"""Channels whose connection is gone: nothing raises, and nothing is given back to nobody."""

from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import pytest
from kombu.transport import redis as transport
from kombu.transport import virtual

from orchestrator.ledger.outliving import OutlivingQoS, keep_client, outlive_the_broker


def account(*, gone: bool) -> OutlivingQoS:
    """Return the account of a channel with two unacknowledged messages, whose connection is gone or not."""
    qos = object.__new__(OutlivingQoS)
    qos.channel = SimpleNamespace(connection=SimpleNamespace(client=None if gone else object()))
    qos._delivered = OrderedDict({"1": "m", "2": "m"})
    qos._dirty = set()
    qos._quick_ack = qos._dirty.add
    return qos


def test_a_channel_that_is_gone_is_left_alone() -> None:
    # Given a channel whose broker is gone
    qos = account(gone=True)
    # When its messages are acknowledged, rejected and given back
    qos.ack("1")
    qos.reject("2", requeue=True)
    qos.restore_unacked()
    # Then each is only noted here: the visibility timeout brings them back
    assert vars(qos)["_dirty"] == {"1", "2"}
    assert vars(qos)["_delivered"] == {}


def test_a_channel_without_a_connection_is_gone_too() -> None:
    qos = account(gone=True)
    qos.channel = SimpleNamespace(connection=None)
    qos.restore_unacked()
    assert vars(qos)["_delivered"] == {}


def test_a_channel_that_is_there_is_kombus_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a channel whose broker answers, when something is done with its messages, then kombu does it
    done: list[Any] = []
    monkeypatch.setattr(transport.QoS, "restore_unacked", lambda _self, client: done.append(("restore", client)))
    monkeypatch.setattr(transport.QoS, "ack", lambda _self, tag: done.append(("ack", tag)))
    monkeypatch.setattr(transport.QoS, "reject", lambda _self, tag, requeue=False: done.append((tag, requeue)))
    qos = account(gone=False)
    qos.ack("1")
    qos.reject("2", requeue=True)
    qos.restore_unacked()
    assert done == [("ack", "1"), ("2", True), ("restore", None)]


def test_every_channel_gets_the_account_and_asking_twice_is_asking_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.Channel, "QoS", virtual.QoS)
    outlive_the_broker()
    outlive_the_broker()
    assert transport.Channel.QoS is OutlivingQoS
    assert vars(transport.Channel)["_create_client"] is keep_client


class Pool:
    """Connections to one broker."""

    def __init__(self) -> None:
        self.connection_kwargs: dict[str, Any] = {}


def test_a_channel_keeps_its_client_until_its_connections_are_others() -> None:
    # Given a channel of kombu's with connections to a broker
    channel = SimpleNamespace(pool=Pool(), async_pool=Pool(), Client=SimpleNamespace)
    # When it asks for a client twice, then it is the same one
    first = keep_client(channel)
    assert keep_client(channel) is first
    assert first.connection_pool is channel.pool
    # But once it has other connections, because the broker was gone meanwhile, its client is one of those
    channel.pool = Pool()
    assert keep_client(channel).connection_pool is channel.pool
    # And what is read without waiting has a client of its own
    assert keep_client(channel, asynchronous=True).connection_pool is channel.async_pool
