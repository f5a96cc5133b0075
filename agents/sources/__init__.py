"""Readers of the outside world, one module a source."""
