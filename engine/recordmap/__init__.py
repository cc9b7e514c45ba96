"""recordmap."""
