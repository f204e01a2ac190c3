"""Where drives are evaluated: processes of this machine, or a cluster; the work is the same function."""
