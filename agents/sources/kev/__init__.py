"""Flaws that are known to be exploited, as CISA's catalogue lists them."""
