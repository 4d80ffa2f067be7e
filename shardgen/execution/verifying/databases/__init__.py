"""A database is held against what a run would write into it, by queries."""
