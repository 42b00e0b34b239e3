"""What a message is made of: words, spelling, places, ages, sentences."""
