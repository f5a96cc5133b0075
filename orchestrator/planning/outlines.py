"""A shape on one line, for tests, logs and people: ``(git/a > health/a | git/b > health/b) > report``."""

import re

from orchestrator.domain.plans import Parallel, Shape, Step

_HASH = re.compile(r"-[0-9a-f]{6}\Z|-[0-9a-f]{32}\Z")


def outline(shape: Shape) -> str:
    """Return a shape on one line: ``>`` stands between what follows one another, ``|`` between what runs together.

    A step is its agent and its name without the hash: ``github.analyse:health/flask``.
    """
    if isinstance(shape, Step):
        return f"{shape.agent}.{_HASH.sub('', shape.name)}"
    if isinstance(shape, Parallel):
        return f"({' | '.join(outline(part) for part in shape.parts)})"
    return " > ".join(outline(part) for part in shape.parts)
