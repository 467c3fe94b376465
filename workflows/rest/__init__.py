"""The REST API of the engine: thin views over `workflows.api`, problems as JSON."""
