"""The doors: the outside world to Message, and Reply to the outside world."""
