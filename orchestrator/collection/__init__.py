"""What was collected, as people see it: what could not be read, reading it again, and how fresh everything is."""
