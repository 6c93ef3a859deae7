"""What was said, and the journal of turns."""
