"""Long-term memory: remember, recall, distil, forget."""
