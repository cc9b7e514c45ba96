"""How a sync has been doing, for those who operate it: health, a report, metrics and traces.

Everything here counts and times. Nothing of a record is read, so nothing of it can be told.
"""
