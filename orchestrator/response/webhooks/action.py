"""The action ``webhook``: tell another service, in a few lines of JSON, what was found."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agents.contract import Finding
from agents.sources.http.public import Resolve, resolve
from orchestrator.domain.responses import ActionKind, Webhook
from orchestrator.response.contract import ActionRefusedError, Order, Outcome
from orchestrator.response.webhooks.destination import Allowed, Destination, find_destination
from orchestrator.response.webhooks.signature import headers

Post = Callable[[Destination, bytes, Mapping[str, str]], int]
"""Sends a body with headers to a destination, as ``calling.Caller.post`` does; returns the status."""

LONGEST_TEXT = 500
"""Characters of each text of a stranger in the body."""


@dataclass(frozen=True)
class CallWebhook:
    """Calls a webhook. The action's id is the call's ``webhook-id``: a receiver that knows it has done it before."""

    keys: Mapping[str, tuple[bytes, ...]] = field(repr=False)
    allowed: Allowed
    post: Post
    resolve: Resolve = resolve
    kind: ActionKind = ActionKind.WEBHOOK

    def rehearse(self, order: Order) -> Outcome:
        """Return what would be sent and where; the host's name is looked up, and nobody is called."""
        destination = self._ready(order)
        facts = {"body": json.loads(body_of(order)), "host": destination.host, "address": destination.address}
        return Outcome(f"would call {destination.host} at {destination.address}", facts=facts)

    def perform(self, order: Order) -> Outcome:
        """Call."""
        destination = self._ready(order)
        body = body_of(order)
        signed = headers(body, message_id=order.id, timestamp=int(time.time()), keys=self._keys(order))
        plain = {"content-type": "application/json", "user-agent": "lookout"}
        status = self.post(destination, body, {**plain, **signed})
        return Outcome(f"{destination.host} answered {status}", facts={"status": status, "host": destination.host})

    def undo(self, order: Order, outcome: Outcome) -> Outcome:
        """Refuse: what another service was told cannot be taken back from here."""
        raise ActionRefusedError(f"{order.id}: {outcome.words}; a call cannot be taken back")

    def _ready(self, order: Order) -> Destination:
        """Return where to call, once it is known that the call could be signed."""
        self._keys(order)
        return find_destination(_deed(order).url, allowed=self.allowed, by=self.resolve)

    def _keys(self, order: Order) -> tuple[bytes, ...]:
        """Return what the call is signed with."""
        name = _deed(order).secret
        if name not in self.keys:
            raise ActionRefusedError(
                f"secret {name!r} is not in the setting webhook_secrets; add {name}=whsec_..., or correct the rule"
            )
        return self.keys[name]


def _deed(order: Order) -> Webhook:
    """Return the rule's parameters."""
    return Webhook.model_validate(dict(order.parameters))


def body_of(order: Order) -> bytes:
    """Return the body of a call: the same bytes at every attempt. What strangers wrote is cut, and only ever data."""
    return json.dumps(
        {
            "type": "finding",
            "id": order.id,
            "rule": order.rule,
            "run": order.run_id,
            "finding": _facts(order.finding),
        },
        sort_keys=True,
    ).encode()


def _facts(finding: Finding) -> Mapping[str, object]:
    """Return what is told of a finding."""
    return {
        "id": finding.id,
        "kind": finding.kind,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "target": finding.target[:LONGEST_TEXT],
        "title": finding.title[:LONGEST_TEXT],
        "next_action": finding.next_action[:LONGEST_TEXT],
    }
