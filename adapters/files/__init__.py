"""Files on the machine's own disk."""
