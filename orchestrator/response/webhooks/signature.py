"""Signatures by the Standard Webhooks specification (https://www.standardwebhooks.com, version 1 of its scheme).

``webhook-signature: v1,BASE64`` where BASE64 is the HMAC-SHA256 of ``ID.TIMESTAMP.BODY``. While a secret is replaced
there are two, and a signature by each.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence


def headers(body: bytes, *, message_id: str, timestamp: int, keys: Sequence[bytes]) -> Mapping[str, str]:
    """Return the three headers of a signed call; ``timestamp`` in whole seconds since 1970."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    marks = (base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }
