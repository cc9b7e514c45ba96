"""YAML text to a frozen model: the reader keeps positions, the parser makes the model."""
