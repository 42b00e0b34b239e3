"""The web server: the forum desk and the health pages; one ASGI application."""
