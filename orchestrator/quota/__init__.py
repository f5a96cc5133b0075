"""What agents may ask of the world, and when: so far, that an agent whose source is away is left alone for a while."""
