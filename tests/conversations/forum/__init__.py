"""What the forum makes of what families left."""
