"""What lies here are projects of other people: `test_plugin` copies them and runs pytest there."""

collect_ignore_glob = ["*.py"]
