"""End to end, on a real Docker Engine."""
