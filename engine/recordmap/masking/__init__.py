"""Real transfers as cases, without the people in them: for `recordmap capture`.

`texts` masks one text or number, `masker` whole records, `vocabulary` tells what stands in templates and schemas and so
is no secret, `cases` maps what was masked and makes a case of it, `secret` keeps the key that masks depend on.
"""
