"""A checked collection to a plan: one generated Python function."""
