"""Hypothesis without deadlines: no test here depends on how busy the machine is."""

from hypothesis import settings

settings.register_profile("kgraph", deadline=None, print_blob=True)
settings.load_profile("kgraph")
