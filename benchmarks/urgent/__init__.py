"""``urgent``: how long critical work waits while 10,000 scheduled steps are queued, and whether the lowest class starves."""
