"""Keep knowing: probes what is due and remembers what changed."""
