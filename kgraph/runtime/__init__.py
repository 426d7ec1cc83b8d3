"""Compiled graphs: calling convention, feeds, threads, explanations."""
