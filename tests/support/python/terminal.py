"""Runs a program on a terminal and types answers to its prompts.

terminal.py PROMPT ANSWERS PROGRAM ARGUMENTS...

ANSWERS are separated by commas; each is typed, with a return, once PROMPT was printed once more. Prints what the
terminal showed and ends with the program's status.
"""

import os
import pty
import sys

prompt, answers = sys.argv[1].encode(), [a for a in sys.argv[2].split(",") if a]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[3], sys.argv[3:])
shown, answered = b"", 0
while True:
    try:
        some = os.read(terminal, 4096)
    except OSError:
        some = b""
    if not some:
        break
    shown += some
    while shown.count(prompt) > answered:
        answer = answers[answered] if answered < len(answers) else None
        os.write(terminal, b"\x04" if answer is None else answer.encode() + b"\n")
        answered += 1
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(shown)
sys.stdout.buffer.flush()
sys.exit(status)
