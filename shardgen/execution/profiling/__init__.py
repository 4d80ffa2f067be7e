"""Laws learned from real rows: a database or files measured, and a schema that makes such rows."""
