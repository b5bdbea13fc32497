"""Writes docs/diagnosis.md to stdout: ``python -m devkit.deployment.diagnosis``."""

from __future__ import annotations

import sys

from devkit.deployment.diagnosis.document import table_document

sys.stdout.write(table_document())
