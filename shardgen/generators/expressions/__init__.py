"""
Expressions as whole columns: their nodes get kinds when they are bound, and values in a batch.

`Compiler` makes typed nodes of a syntax tree. `operations` has a line for every function, `names`
and `aggregates` lead to parents and children, and `numbers`, `moments` and `texts` compute.
"""
