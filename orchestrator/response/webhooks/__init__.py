"""Signed calls of other services: who may be called, at which address, under which signature."""
