"""A database that is there, live or as a file of DDL, becomes a schema."""
