"""The other spellings of the format, brought into the one that the model has."""
