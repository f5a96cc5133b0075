"""What was seen for the first time while polling becomes a trigger of its own, keyed by content."""
