"""A table's rows while they are made: values, batches of rows, relations between tables."""
