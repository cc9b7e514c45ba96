"""What an edit of templates does to real records, for `recordmap diff`.

`sides` opens what is compared (projects, template files, git revisions by way of `revisions`), `edits` tells what was
edited and where, `customers` finds whom a record belongs to, `routes` takes it the way that a sync would, `changes`
compares what came of it, `compare` does so with a stream of records, `counting` counts, and `difference` puts these
together. Nothing here prints, and no store is ever written.
"""
