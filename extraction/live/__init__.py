"""What is measured while someone speaks: sound and pictures as they come, words and voice and face within a second."""
