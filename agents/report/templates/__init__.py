"""The HTML report's templates and its style sheet; a package, so that an installation carries them."""
