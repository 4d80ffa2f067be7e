"""A described database → a schema that makes rows for it, and notes of what became of what."""
