"""Whether there is room for another run: what bounds the backlog, and whom it turns away first."""
