"""Signs of life: files that processes write again every few seconds, and the check that reads them."""
