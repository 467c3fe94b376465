"""Small apps to copy from; each one shows a whole approval from request to result."""
