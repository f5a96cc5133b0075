"""When, who and whether: plans, persists, learns, shows."""
