"""What the probe's benchmark is made of."""
