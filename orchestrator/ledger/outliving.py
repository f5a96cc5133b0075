"""A worker that outlives its broker: what kombu's Redis transport does while a connection is gone, mended.

kombu 5.7 gives unacknowledged messages back while it closes a channel, even where the channel is closed because the
broker is gone, and a thread that ends later acknowledges on that closed channel; both raise AttributeError (there is
no client any more) and end the whole worker. Triggers that could not be given back there come back by their visibility
timeout, steps by the ledger's sweep.

kombu also has Redis keep a copy of every message that is worked on, which costs two transactions a message. The ledger
holds the steps, and a lost one is back after its lease and not after that timeout; so a step's message is kept by its
worker alone. A trigger is nobody's but the broker's until it is accepted: that copy stays.
"""

from typing import Any

from kombu.transport import redis as transport
from kombu.transport import virtual
from redis.exceptions import ConnectionError  # noqa: A004  the one that kombu knows as a lost connection

from orchestrator.ledger.canvas import STEP_TASK

_KEPT = "lookout_client"
"""Where a channel keeps its client, with the pool that the client uses."""


class OutlivingQoS(transport.QoS):
    """Keeps account of unacknowledged messages, and lets them be where nobody is there to hear of them."""

    def append(self, message: Any, delivery_tag: str) -> None:  # noqa: ANN401  kombu's own signature
        """Take a message into account."""
        if _is_step(message):
            virtual.QoS.append(self, message, delivery_tag)
        else:
            super().append(message, delivery_tag)  # type: ignore[no-untyped-call] # kombu has no types

    def restore_unacked(self, client: Any = None) -> None:  # noqa: ANN401  kombu's own signature
        """Give unacknowledged messages back, unless the connection is gone."""
        if self._gone():
            self._delivered.clear()
        else:
            super().restore_unacked(client=client)  # type: ignore[no-untyped-call] # the same

    def restore_by_tag(  # kombu's own signature
        self,
        tag: Any,  # noqa: ANN401
        client: Any = None,  # noqa: ANN401
        leftmost: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Put a message back into its queue, at its head or its end."""
        message: Any = self._delivered.get(tag)
        if not _is_step(message):
            super().restore_by_tag(tag, client=client, leftmost=leftmost)  # type: ignore[no-untyped-call] # the same
            return
        payload, where = vars(message)["_raw"], message.delivery_info
        put_back = vars(transport.Channel)["_do_restore_message"]
        with self.channel.conn_or_acquire(client) as lent, lent.pipeline() as pipe:
            put_back(self.channel, payload, where["exchange"], where["routing_key"], pipe, leftmost)
            pipe.execute()

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; a trigger whose channel is gone comes again, and is known by its key."""
        if self._gone() or _is_step(self._delivered.get(delivery_tag)):
            virtual.QoS.ack(self, delivery_tag)
        else:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call] # the same

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002  kombu's own signature
        """Reject a message, or put it back; a trigger whose channel is gone comes again anyway."""
        if self._gone() or (not requeue and _is_step(self._delivered.get(delivery_tag))):
            virtual.QoS.ack(self, delivery_tag)
        else:
            super().reject(delivery_tag, requeue=requeue)  # type: ignore[no-untyped-call] # the same

    def _gone(self) -> bool:
        """Whether the channel's connection is closed."""
        return self.channel.connection is None or self.channel.connection.client is None


def _is_step(message: Any) -> bool:  # noqa: ANN401  kombu has no types
    """Whether a message stands for steps of the ledger."""
    return message is not None and (message.headers or {}).get("task") == STEP_TASK


_make_client = transport.Channel._create_client  # noqa: SLF001  kombu has no other hook


def keep_client(channel: Any, asynchronous: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002  kombu's own signature
    """Return the client of the pool that a channel has now.

    kombu makes a client for every command, which takes as long as the command itself; what it keeps by itself is the
    asynchronous one. A channel may be closed when it is used: kombu's producer takes one, declares a queue, for which
    the connection is made anew where it was lost, and publishes by the one that it took. That is a lost connection
    like any other, after which it is tried again or told; it was an AttributeError, which ended whoever published.
    """
    if channel.connection is None:
        raise ConnectionError("the channel is closed: the connection to the broker was lost meanwhile")
    if asynchronous:
        return _make_client(channel, asynchronous=True)  # type: ignore[no-untyped-call] # kombu has no types
    pool, client = vars(channel).get(_KEPT, (None, None))
    if client is None or pool is not channel.pool:
        client = _make_client(channel)  # type: ignore[no-untyped-call] # the same
        setattr(channel, _KEPT, (channel.pool, client))
    return client


def outlive_the_broker() -> None:
    """Have every channel of the Redis transport use the account and the clients above. Safe to call again."""
    transport.Channel.QoS = OutlivingQoS
    transport.Channel._create_client = keep_client  # type: ignore[method-assign] # noqa: SLF001  the same
