"""Personal details out of free words."""
