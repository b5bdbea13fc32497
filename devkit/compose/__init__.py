"""From a Project to Compose documents, as pure functions."""
