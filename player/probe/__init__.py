"""Is it alive: one source in, an observation and a verdict out. Knows no database."""
