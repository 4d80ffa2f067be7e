"""A file of DDL, described: dumps of a schema, and what people and tools write by hand."""
