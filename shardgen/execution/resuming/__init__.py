"""Runs that go on with what one before has left that was broken off."""
