"""Serve this pack to the engine."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the engine starts us in the pack's folder

from policies.framework.serve import serve

serve(__file__)
