"""Starts one program, waits for it, and prints what it took as JSON: `launcher.py OUTPUT PROGRAM [ARGUMENT ...]`.

A process of its own, started bare: the peak memory that Linux tells of a program includes what its parent held at the
start, and this parent holds little. OUTPUT is where the program's standard output goes.
"""

import json
import os
import sys
import time


def main(output: str, command: list[str]) -> None:
    """Run the command and print its exit code, wall and processor seconds, and peak memory in megabytes."""
    target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nowhere = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, nowhere, 0), (os.POSIX_SPAWN_DUP2, target, 1)]
    begin = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - begin
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # bytes there, kilobytes elsewhere
    took = {
        "code": os.waitstatus_to_exitcode(status),
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / unit,
    }
    print(json.dumps(took))  # noqa: T201 - this is the answer


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
