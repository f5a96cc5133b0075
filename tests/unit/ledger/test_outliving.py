"""Channels whose connection is gone: nothing raises, and nothing is given back to nobody."""

import contextlib
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import pytest
from kombu.transport import redis as transport
from kombu.transport import virtual

from orchestrator.ledger.outliving import OutlivingQoS, keep_client, outlive_the_broker


def message(task: str) -> SimpleNamespace:
    """Return a message of a task."""
    where = {"exchange": "", "routing_key": "collect"}
    return SimpleNamespace(headers={"task": task}, delivery_info=where, _raw={"body": task})


def account(*, gone: bool) -> OutlivingQoS:
    """Return the account of a channel with two unacknowledged messages, whose connection is gone or not."""
    qos = object.__new__(OutlivingQoS)
    qos.channel = SimpleNamespace(connection=SimpleNamespace(client=None if gone else object()))
    qos._delivered = OrderedDict({"1": message("lookout.trigger"), "2": message("lookout.trigger")})
    qos._dirty = set()
    qos._quick_ack = qos._dirty.add
    qos._quick_append = qos._delivered.__setitem__
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
    channel = SimpleNamespace(pool=Pool(), async_pool=Pool(), Client=SimpleNamespace, connection=object())
    # When it asks for a client twice, then it is the same one
    first = keep_client(channel)
    assert keep_client(channel) is first
    assert first.connection_pool is channel.pool
    # But once it has other connections, because the broker was gone meanwhile, its client is one of those
    channel.pool = Pool()
    assert keep_client(channel).connection_pool is channel.pool
    # And what is read without waiting has a client of its own
    assert keep_client(channel, asynchronous=True).connection_pool is channel.async_pool


class Broker:
    """A broker that notes what a pipeline has it do."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def pipeline(self) -> contextlib.AbstractContextManager["Broker"]:
        return contextlib.nullcontext(self)

    def execute(self) -> None:
        self.done.append("execute")


def test_a_steps_message_is_kept_by_its_worker_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a channel whose broker answers, and kombu's own account, which speaks to it
    spoken: list[str] = []
    monkeypatch.setattr(transport.QoS, "append", lambda _self, _message, tag: spoken.append(f"append {tag}"))
    monkeypatch.setattr(transport.QoS, "ack", lambda _self, tag: spoken.append(f"ack {tag}"))
    qos = account(gone=False)
    # When a step's message and another's come and are acknowledged
    qos.append(message("lookout.step"), "3")
    qos.append(message("lookout.trigger"), "4")
    qos.ack("3")
    qos.ack("1")
    # Then the broker hears of the other's alone
    assert spoken == ["append 4", "ack 1"]
    assert "3" in vars(qos)["_delivered"]
    assert vars(qos)["_dirty"] == {"3"}


def test_a_steps_message_is_put_back_from_what_its_worker_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    broker = Broker()
    put_back: list[Any] = []

    def note(_channel: object, payload: Any, _exchange: str, key: str, _pipe: object, leftmost: bool) -> None:  # noqa: ANN401, FBT001  kombu's signature
        put_back.append((payload["body"], key, leftmost))

    monkeypatch.setattr(transport.Channel, "_do_restore_message", note)
    qos = account(gone=False)
    qos.channel.conn_or_acquire = lambda _client=None: contextlib.nullcontext(broker)
    held = vars(qos)["_delivered"]
    held.update({tag: message("lookout.step") for tag in "345"})
    # When one is rejected for good, one is given back, and the worker then ends
    qos.reject("5")
    qos.reject("4", requeue=True)
    assert put_back == [("lookout.step", "collect", True)]
    for tag in ("1", "2", "4", "5"):
        held.pop(tag)
    qos.restore_unacked()
    # Then what is left goes to the end of its queue
    assert put_back[1:] == [("lookout.step", "collect", False)]
    assert held == {}
    assert broker.done == ["execute", "execute"]
