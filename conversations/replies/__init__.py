"""An entry or a prompt becomes a Reply."""
