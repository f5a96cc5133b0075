"""``urgent``: how long critical work waits behind 10,000 scheduled steps, and whether the lowest class starves."""
