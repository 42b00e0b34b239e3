"""What a message does in a talk: thanks, a correction, a question about one side of the topic, a question of its own."""
