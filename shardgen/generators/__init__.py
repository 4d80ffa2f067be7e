"""Generators: what fills a column, and how a schema names it."""
