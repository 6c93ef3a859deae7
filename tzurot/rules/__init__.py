"""What holds where: settings, active characters, restrictions, denials, ages."""
