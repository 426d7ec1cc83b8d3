"""The bench lies beside the package, not in it: its tests find it from the root."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

# At the end: an installed kgraph comes before the sources beside it.
sys.path.append(str(ROOT))
