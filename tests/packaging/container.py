"""Does what the container file of the operating page says, step by step, but in folders of this machine.

No container engine is asked: what the steps name (user, image, volume) is only read. All that recordmap has to do
with is done: the installation as written, the environment, the folder, the entry point until it is well by the health
check as written, and the signal that stops it. Arguments: the page, a folder with the wheel, the Python to use.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

KNOWN = {
    *("FROM", "RUN", "COPY", "USER", "WORKDIR", "VOLUME", "ENV"),
    *("STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT"),
}
SECONDS = 120


class Step(NamedTuple):
    """One instruction of a container file."""

    word: str
    rest: str

    @property
    def argv(self) -> list[str]:
        """The command in its square brackets."""
        return [str(part) for part in json.loads(self.rest[self.rest.index("[") :])]


def steps_of(page: str) -> list[Step]:
    """Return the steps of the container file on a page.

    Raises:
        ValueError: there is not one container file, or a step is of no kind that is known here.
    """
    files = re.findall(r"^```dockerfile\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if len(files) != 1:
        raise ValueError(f"{len(files)} container files on the page")
    steps = [Step(*line.split(" ", 1)) for line in files[0].replace("\\\n", " ").splitlines() if line]
    unknown = {step.word for step in steps} - KNOWN
    if unknown:
        raise ValueError(f"unknown steps: {sorted(unknown)}")
    return steps


def one(steps: list[Step], word: str) -> Step:
    """Return the only step of its kind."""
    [found] = [step for step in steps if step.word == word]
    return found


def environment(steps: list[Step]) -> dict[str, str]:
    """Return the variables that the file sets."""
    pairs = (pair.partition("=") for step in steps if step.word == "ENV" for pair in shlex.split(step.rest))
    return {name: value for name, _, value in pairs}


def install(steps: list[Step], dist: Path, python: str, folder: Path) -> Path:
    """Make an environment and install into it as the file says; return its folder of programs."""
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    programs = folder / "venv" / "bin"
    shutil.copytree(dist, folder / "dist")
    environ = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PIP_QUIET": "2"}
    for step in steps:
        if step.word == "RUN" and step.rest.startswith("pip "):
            command = step.rest.replace("/tmp/dist", str(folder / "dist"))
            subprocess.run(["/bin/sh", "-euc", command], check=True, env=environ)
    return programs


def main(page: Path, dist: Path, python: str) -> None:
    """Follow the steps; raises where one goes wrong."""
    steps = steps_of(page.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = install(steps, dist, python, folder)
        subprocess.run(
            [programs / "recordmap", "init", folder / "shop"], check=True, stdout=subprocess.DEVNULL
        )
        environ = {"PATH": f"{programs}:{os.environ['PATH']}", **environment(steps)}
        sandbox = subprocess.Popen(
            [programs / "recordmap", "sandbox", "--profiles", "30", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert sandbox.stdout is not None
            told = "".join(sandbox.stdout.readline() for _ in range(3))
            environ |= dict(re.findall(r"(\w+)=(\S+)", told))
            make_the_volume(steps, folder / "shop")
            run(steps, folder / "shop", environ)
        finally:
            sandbox.terminate()
            sandbox.wait(SECONDS)
    sys.stdout.write("the steps of the container file: followed\n")


def make_the_volume(steps: list[Step], folder: Path) -> None:
    """Do what is done in the folder of the project; a volume that is not there by then would be root's."""
    words = [step.word for step in steps]
    for step in steps[words.index("WORKDIR") : words.index("VOLUME")]:
        if step.word == "RUN":
            subprocess.run(["/bin/sh", "-euc", step.rest], check=True, cwd=folder)
    inside = Path(one(steps, "VOLUME").rest.strip()).relative_to(one(steps, "WORKDIR").rest.strip())
    assert (folder / inside).is_dir(), "the folder of the volume is not made before it"
    assert words.index("USER") < words.index("VOLUME"), "the folder of the volume is root's"


def run(steps: list[Step], folder: Path, environ: dict[str, str]) -> None:
    """Start the entry point, wait until the health check is content, and stop it."""
    stop = signal.Signals[one(steps, "STOPSIGNAL").rest.strip()]
    health = one(steps, "HEALTHCHECK").argv
    process = subprocess.Popen(
        one(steps, "ENTRYPOINT").argv, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        report = json.loads(process.stdout.readline())
        assert report["status"] == "complete", report
        for _ in range(SECONDS):
            checked = subprocess.run(health, cwd=folder, env=environ, capture_output=True, check=False)
            if checked.returncode == 0:
                break
            time.sleep(1)
        assert checked.returncode == 0, checked.stdout.decode() + checked.stderr.decode()
        process.send_signal(stop)
        code = process.wait(SECONDS)
        assert code in {0, 128 + stop}, code
    finally:
        process.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
