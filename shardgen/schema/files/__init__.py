"""Schema files: from JSON, YAML or TOML to one decoded object and its lines, and back."""
