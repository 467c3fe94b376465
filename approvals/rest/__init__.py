"""The REST API of the inbox: the same services as the pages, problems as JSON."""
