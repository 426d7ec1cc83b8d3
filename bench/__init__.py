"""Compiled graphs beside the best plain NumPy and SciPy way, in one run: ``python -m bench``."""
