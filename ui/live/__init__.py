"""The Live page's parts: what runs while someone speaks, and how it is shown."""
