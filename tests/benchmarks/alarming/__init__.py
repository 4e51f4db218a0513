"""What the benchmark of alarms is made of."""
