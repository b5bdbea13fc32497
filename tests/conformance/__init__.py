"""The gate's conformance table: how a server behaves, and what the gate has to make of it."""
