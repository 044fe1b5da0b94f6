"""The verbs of the command line, gathered in `engine.cli`."""
