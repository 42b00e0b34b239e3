"""What is learned, by hand and never while the bot runs: `./run train`."""
