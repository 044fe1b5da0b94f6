"""What the Attention page is made of: attention over words, and what tells whether to trust it."""
