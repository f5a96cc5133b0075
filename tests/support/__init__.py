"""What several test folders share: the stage, the plays, and nothing that production code knows of."""
