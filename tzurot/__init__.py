"""tzurot: a Discord bot that lets people talk with AI characters that remember them."""
