"""The report: one bundle of values, drawn as JSON, Markdown and one self-contained HTML file with the same ids.

One way through: ``assemble`` (work to bundle), ``bundle`` (the values, and JSON), then ``markdown`` or ``html``. What
goes into the bundle comes from ``citing`` (evidence), ``since`` (the run before), ``joined`` (many targets) and others;
which pictures there are decides ``gallery``, and they come to the page by way of ``svg``. ``escape`` and ``address``
make a stranger's text and links safe for each of these doors.
"""
