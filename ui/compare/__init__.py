"""What the Compare page is made of: readings of one clip by several variants, and how they are shown."""
