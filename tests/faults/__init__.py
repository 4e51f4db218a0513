"""Everything that can be wrong with a source, and everything odd that is not, each served by a real origin.

`python -m tests.faults` prints what the prober makes of each; `python -m tests.faults NAME…` tells all of some.
"""
