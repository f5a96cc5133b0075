"""Atom and RSS feeds: what a publisher shows of its newest entries."""
