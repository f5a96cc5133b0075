"""The methods: functions on values, each with its source in the docstring."""
