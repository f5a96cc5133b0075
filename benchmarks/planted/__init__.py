"""Repositories and advisories made up by a seed, with the findings that they must lead to."""
