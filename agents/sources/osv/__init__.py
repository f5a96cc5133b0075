"""Advisories in the OSV format: as folders of files hold them, and as the service answers."""
