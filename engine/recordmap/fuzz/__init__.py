"""Search for a record that breaks what a checked template promises.

`guide` takes from a template what is worth trying, `values` knows the boundaries of a type, `places` builds records,
`promises` holds one record against what is promised, `updates` those of an Update, `search` looks and `shrink` makes
what was found small, `casefile` writes it down as a case. Nothing here prints, and nothing is random: the same seed
tries the same records.
"""
