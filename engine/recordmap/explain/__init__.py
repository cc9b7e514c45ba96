"""Why a value is what it is, told: from the trace of a record to sentences, a tree for people, and data for machines.

`reasons` makes sentences, `tree` a tree of labelled nodes, `data` what JSON holds. Nothing here maps, matches or
prints.
"""
