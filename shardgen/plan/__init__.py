"""A schema file and options become a plan, and a plan becomes bound tables."""
