"""What is kept of all drives, in one folder: a database, `store.sqlite`, and the incidents' clips.

`opening` opens the database, migrates it, and sets a damaged one aside; `database` is what can be asked and written;
`writer` is the thread that a monitor leaves its records to; `retention` says what has to go.
"""
