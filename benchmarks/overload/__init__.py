"""Ten times more triggers than the stack can do, for a while."""
