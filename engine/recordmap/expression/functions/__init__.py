"""The functions a formula may call, one family a module."""
