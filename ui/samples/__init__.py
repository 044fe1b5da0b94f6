"""The clip the app opens with, and the program that makes it."""
