"""Matching, add or update, polling: moving records without losing one."""
