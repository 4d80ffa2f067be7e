"""What rows become: text or arrays, framed as a format wants it. Pure."""
