"""The mapping document of a collection, made of what the template means: for `recordmap docs`.

`wording` writes expressions out in one spelling, `sentences` says them in plain words, `flow`, `fields` and `content`
gather what a page tells of its `subject` as `blocks`, `markdown` writes it, and `site` makes all pages of a project and
compares them with those on disk. A page changes exactly when the meaning of its template does: places, comments, quotes
and the order of fields are not in it.
"""
