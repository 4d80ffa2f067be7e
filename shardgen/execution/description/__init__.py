"""What data is like: of a schema, of files, of a database, as one Description."""
