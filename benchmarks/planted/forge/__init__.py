"""Repositories on GitHub made up by a seed: what GitHub would answer about them, and what must be found in that."""
