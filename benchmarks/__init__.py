"""Measuring Lookout on whole passes: one command each, checked against what was put in, figures as JSON."""
