"""The built-in generators, a file for each family, imported when a schema names one of its own."""
