"""Random numbers by position, and the laws that they follow."""
