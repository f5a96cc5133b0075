"""One text for one value, so that what is sorted by content comes out the same on every replay."""

import json

from agents.contract import Frozen


def canonical(value: Frozen) -> str:
    """Return the value as JSON with sorted keys, in ASCII: also for text that UTF-8 cannot carry (lone surrogates)."""
    return json.dumps(value.model_dump(mode="json"), sort_keys=True)
