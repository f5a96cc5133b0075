"""Debian and Ubuntu: the Debian Policy Manual, 5.6.12, by univers.

univers agrees with ``dpkg --compare-versions``. Its ``==`` does not agree with its own comparison (1.0 and 1.00), so
only the comparison is used. It does not read an upstream version with a colon in it.
"""

from functools import cmp_to_key


def debian_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a Debian version; None where the policy's syntax is broken."""
    from univers.debian import Version, compare_version_objects  # noqa: PLC0415  heavy; few watch Debian packages

    try:
        return (cmp_to_key(compare_version_objects)(Version.from_string(version)),)
    except ValueError:
        return None
