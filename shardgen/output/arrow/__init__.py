"""Rows as Arrow arrays, made from the arrays of columns: no row becomes a Python object."""
