"""Scripts that load a folder of files into a database; pure text."""
