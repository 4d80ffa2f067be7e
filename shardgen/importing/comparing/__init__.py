"""A database that is there, held against the rows that a schema would write into it."""
