"""What may go wrong with what was collected, and who can mend it.

LookoutError
└── CollectionError   whoever asked: nothing of that target was put aside, or it cannot be read again now, and why
"""

from orchestrator.errors import LookoutError


class CollectionError(LookoutError):
    """Nothing of a target was put aside, or it cannot be read again now; the message says what there is instead."""
