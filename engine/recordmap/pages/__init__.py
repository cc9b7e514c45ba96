"""HTML pages to hand around: one file, nothing from outside, no script.

What stands on a page comes in as values and is escaped; who has them is not this room's business.
"""
