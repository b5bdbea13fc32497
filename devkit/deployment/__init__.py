"""The cloud's deployment, one file a step."""
