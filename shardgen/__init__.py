"""
shardgen: realistic relational test data, as an ordered SQL dump or as rows in memory.

    >>> import shardgen
    >>> schema = shardgen.load_schema("fintech-loans")
    >>> dataset = shardgen.generate(schema, rows={"borrowers": 10}, seed=42)
"""

__version__ = "0.1.0"
