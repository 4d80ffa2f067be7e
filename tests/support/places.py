"""Where things lie in a checkout, and where it is tested."""

from __future__ import annotations

import os
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
IN_CI = os.environ.get("CI") == "true"
"""Whether what a test needs must be there: elsewhere a test without it is skipped."""
