"""The tests: unit, functional and end to end."""
