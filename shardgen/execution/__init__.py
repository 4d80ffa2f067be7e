"""What has effects: processes, files, signals."""
