"""Taking a newer delivery of an integration's templates without losing what a subscriber changed."""
