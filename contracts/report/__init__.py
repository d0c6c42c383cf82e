"""What a grading is told as: on a terminal, as a page, and for the machines that read reports."""
