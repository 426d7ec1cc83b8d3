"""From a Function to a Plan: lower, rewrite, fold, fuse, place, emit."""
