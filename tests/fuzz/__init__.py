"""Parsers against whatever comes: `./run fuzz mp4` goes on until it finds something, or `-max_total_time` is over.

Nothing may be raised but what a parser says it raises, and nothing may take long: both end a run with the input.
"""
