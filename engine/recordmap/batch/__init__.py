"""Batch mapping: streams of records through one plan, in one process or several, at constant memory.

`reading` opens streams and cuts them into blocks, `elements` takes JSON arrays apart, `texts` tells which texts
need a careful reader, `mapper` maps a block, `existing` finds destination records for an Update and `previous` source
records as they were, `writing` puts results in place as a whole or not at all, `workers` maps in several processes,
`run` puts these together. Nothing here prints: what came of a run is a `Tally`.
"""
