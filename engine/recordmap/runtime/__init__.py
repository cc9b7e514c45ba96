"""What generated code calls and gives back. Standard library only."""
