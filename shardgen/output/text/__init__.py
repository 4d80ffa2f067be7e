"""Column values as text, in bytes, without touching a row in Python."""
