"""Recorded exchanges with outside services, and a server that plays them."""
