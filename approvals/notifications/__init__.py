"""Messages to people and programs about approvals; no decision waits for one.

What happened is written as a row in the transaction in which it happens (``hooks``).
After the commit a worker makes a mail for each person concerned (``spreading``), and
sends it (``courier``), with patience: a failure costs the mail time and nobody else.
"""
