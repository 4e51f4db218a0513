"""What is counted of the catalogue, kept by everyone who changes it, so that whoever asks reads a few rows.

`standing` says what one item counts as, `difference` what a change adds to the sums, `keeping` writes both, `reading`
has them as they are at a moment, `rebuilding` counts everything anew.

The order in which everyone takes locks: verdicts by id, standings by the item's id, counts by their key. Whoever has
locked a row of `counts` takes no other lock until the transaction ends.
"""
