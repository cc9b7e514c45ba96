"""Other engines doing the same mapping, each in its own language, beside this file.

In their favour they need not reject anything, and nulls and empty texts may stay in their results.
"""
