"""What is taken away as a file: feedback, and the yearly report."""
