"""Moving records: find the destination record, add or update it, remember the link, log what failed.

`poll` reads what changed since the last poll, `sync_one` one record by its ID, `retry_entry` and `retry_open`
what failed before. All of them take the same path (`recordmap.sync.transfer`). The room decides, and nothing
else: how records are read and written is the connectors' job, how they are mapped is the plans'.
"""
