"""Retention: what is old goes by itself, a little at every sweep, and what must be known for longer stays."""
