"""What git says when it cannot read a repository; readers turn it into coverage, so it never leaves this package."""


class GitRefusedError(Exception):
    """Git ended with an error; the message is git's own, cleaned and short."""
