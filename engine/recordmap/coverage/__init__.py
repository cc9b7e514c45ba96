"""What of a template the cases try: fields, arms of choices, conditions both ways, rows and misses of tables, children.

`places` lists what there is to try in a collection, `tried` reads off traces what was tried, `report` counts. A place
that no case comes to may hold anything, and no test would tell.
"""
