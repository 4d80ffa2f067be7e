"""What was written is read again, and compared with what a run would write."""
