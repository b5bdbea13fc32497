"""What a Dockerfile says, read from its text alone."""

from devkit.dockerfile.facts import Dockerfile, parse

__all__ = ["Dockerfile", "parse"]
