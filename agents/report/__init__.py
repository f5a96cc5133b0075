"""The report: one bundle of values, drawn as JSON, Markdown and one self-contained HTML file with the same ids.

One way through: ``assemble`` (work to bundle), ``bundle`` (the values, and JSON), then ``markdown`` or ``html``; the
pictures come from ``pictures`` by way of ``svg``. ``escape`` makes a stranger's text safe for each of these doors.
"""
