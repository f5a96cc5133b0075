"""Services that a watchlist names by a word, where it would name a folder otherwise: ``advisories: osv``."""

OSV = "osv"
"""The OSV service: it is asked about each target's own dependencies."""
KEV = "kev"
"""The list of flaws that are known to be exploited."""
SERVICES = (OSV, KEV)
