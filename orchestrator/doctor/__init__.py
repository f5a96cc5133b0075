"""Checks of every part of an installation: what was seen, and how to mend it. Nothing is started or changed."""
