"""What the parent carer forum makes of what families chose to leave."""
