"""For editors: what keeps the content from being published, and what awaits a person."""
