"""Dumps and snapshots of the development data, as decisions: nothing here runs anything."""
