"""A package as its index lists it: which versions there are, since when, and which were taken back."""
