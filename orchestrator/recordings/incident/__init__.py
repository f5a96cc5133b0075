"""One made-up incident, a worm in packages, told as services would: every name, person and number in it is fiction."""
