"""The schema format: its structs, its types, its files, and the order of its tables."""
