"""What processes take: CPU time and memory, as /proc tells it."""

import os
import threading
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / TICK


class Children:
    """Watches the children of a process: the largest resident size, and the CPU time of the last one."""

    def __init__(self, pid: int):
        self.pid, self.peak, self.cpu, self.done = pid, 0, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.done.wait(0.02):
            try:
                for task in Path(f"/proc/{self.pid}/task").iterdir():
                    for child in (task / "children").read_text().split():
                        self._look(child)
            except (OSError, StopIteration):
                pass

    def _look(self, child: str) -> None:
        lines = Path(f"/proc/{child}/status").read_text().splitlines()
        high = next(line for line in lines if line.startswith("VmHWM"))
        self.peak = max(self.peak, int(high.split()[1]) * 1024)
        self.cpu = cpu_seconds(int(child))
