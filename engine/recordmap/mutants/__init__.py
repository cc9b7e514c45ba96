"""How good the cases are: a template is changed in one place at a time, and some case should notice each change.

`changes` and `edits` make the changed collections, `judge` runs the cases on each, `difference` searches for a record
that tells a change apart from the original, so that one without any effect isn't held against the cases.
"""
