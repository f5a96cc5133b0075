"""Plain readings of a target, by the user's own command or by our own few questions: what is left where agents fail."""
