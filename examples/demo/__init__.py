"""The demo: people, a desk full of requests, and the server, with one command."""
