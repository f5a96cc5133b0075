"""A terminal that a test can read."""

import io


class Terminal(io.StringIO):
    """A file that claims to be a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True
