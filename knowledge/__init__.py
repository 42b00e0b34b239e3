"""What is true, and finding it."""
