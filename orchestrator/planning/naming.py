"""Names of steps: readable, unique, and the same whenever the same targets are planned."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256

from agents.contract import Target

_ODD = re.compile(r"[^a-z0-9._]+")
_LONGEST = 40
_DIGITS = 6
_MORE_DIGITS = 32


def slugs(targets: Iterable[Target]) -> Mapping[str, str]:
    """Return a short name for each target by its id, such as ``flask-1a2b3c``: its label, and a hash of its id.

    Where two would be the same, both carry more of their hash.
    """
    everyone = {target.id: target for target in targets}
    short = {key: _slug(target, digits=_DIGITS) for key, target in everyone.items()}
    counts = Counter(short.values())
    return {
        key: name if counts[name] == 1 else _slug(everyone[key], digits=_MORE_DIGITS) for key, name in short.items()
    }


def step_name(capability: str, slug: str = "") -> str:
    """Return a step's name: ``collect:git/flask-1a2b3c``, or the capability alone for a step that joins."""
    return f"{capability}/{slug}" if slug else capability


def _slug(target: Target, *, digits: int) -> str:
    """Return a target's label in plain small letters, with the first digits of its id's hash."""
    plain = _ODD.sub("-", target.label.lower())[:_LONGEST].strip("-.") or str(target.kind)
    return f"{plain}-{sha256(target.id.encode('utf-8', 'surrogatepass')).hexdigest()[:digits]}"
