"""People in the loop: how sure is sure enough, what waits for an answer, and how a live run is changed."""
