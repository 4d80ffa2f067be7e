"""Languages and countries, and the bundled pools of their names, places and words."""
