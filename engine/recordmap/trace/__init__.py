"""The slow evaluator that explains every step."""
