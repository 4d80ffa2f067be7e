"""Schema files: from JSON, YAML or TOML to one decoded object, the lines in it, and back to text."""
