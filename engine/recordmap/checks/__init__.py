"""What can be said against a template before it runs: one rule a file, run in the order of their tables.

A rule reads and reports; it never changes what it reads, and never stops at the first finding. Whoever maps asks for
errors alone, so the rules for collections that find none stand in a table of their own, and are imported and run when
somebody asks for everything.
"""
