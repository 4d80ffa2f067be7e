"""
Expressions as whole columns: text → syntax tree → typed nodes → values in a batch.

`parser` makes a tree of the text, and `Compiler` makes typed nodes of the tree. `operations` has a
line for every function of values, `names` and `aggregates` lead to parents and children, and
`numbers`, `temporal` and `texts` compute.
"""
