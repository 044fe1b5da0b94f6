"""The app's exports: all of the engine's formats, and the report that plays the clip."""
