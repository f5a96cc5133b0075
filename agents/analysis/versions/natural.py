"""What every order is built from: numbers of any length, and an order for text that no rules can read."""

import re

RUN = re.compile(r"[0-9]+|[^0-9]+")

Number = tuple[int, str]


def number(digits: str) -> Number:
    """Return a sort key of a whole number of any length.

    ``digits`` are ASCII digits. The key is (length, digits) without leading zeros: ``int`` refuses more than 4,300
    digits, and a stranger chose these.
    """
    significant = digits.lstrip("0")
    return len(significant), significant


def natural_key(text: str) -> tuple[object, ...]:
    """Return a sort key that reads runs of digits as numbers and everything else as lower-case text.

    Text is older than a number, and the end older than both.
    """
    return tuple((1, number(run)) if run[0] in "0123456789" else (0, run) for run in RUN.findall(text.lower()))
