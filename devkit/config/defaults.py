"""What holds where neither devkit.yaml nor the Dockerfile says anything."""

from __future__ import annotations

import re
import unicodedata

DEFAULT_PORT = 80
DEFAULT_PUBLISH = 8000
DEFAULT_USER = "owner"
DEFAULT_HOME = "/tmp"  # noqa: S108 - a container's own
FILE = "file"
"""A storage that is a folder."""
S3 = "s3"
"""A storage that is an object store, of the image that follows."""
DEFAULT_STORE_IMAGE = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
DEFAULT_CONTAINERS = {"local": 1, "test": 1, "live": 2}

_MAX_LENGTH = 63
_FALLBACK = "app"


def name_from_folder(folder: str) -> str:
    """Make a folder's name into one that Compose and an image name both take."""
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9_]+", "-", plain)
    joined = re.sub(r"[_-]{2,}", "-", words)
    return joined[:_MAX_LENGTH].strip("-_") or _FALLBACK
