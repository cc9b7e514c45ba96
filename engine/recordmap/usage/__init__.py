"""What templates use of records, and what becomes of them when records change: where, impact and drift."""
