"""The parts of the bench of scale."""
