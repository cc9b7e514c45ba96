"""What can be said against a template before it runs: one rule a file."""
