"""The symbolic front end: KerasTensor, Node, and Function, a graph that can be replayed."""
