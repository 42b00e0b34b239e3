"""What one message asks of the talk: commands, buttons, the area, follow-ups."""
