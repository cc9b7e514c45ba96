"""Benchmarks of recordmap against hand-written code and other engines. `python -m benchmarks -h` says how to run them.

Every contender's output is checked before it is timed. Times are compared with hand-written Python measured right
beside them in the same run; absolute times belong to one machine and are shown only to give an idea.
"""
