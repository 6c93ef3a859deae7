"""What all command groups share: access, answers on every path, and buttons that survive."""
