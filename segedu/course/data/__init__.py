"""What `segedu data` does: list the data sets, fetch one, audit one."""
