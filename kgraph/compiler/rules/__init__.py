"""Rewrite rules, a file for each idea; ``canonicalize`` lists them."""
