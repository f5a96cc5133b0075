"""Nouns that the areas share: frozen values, pure functions, no I/O."""
