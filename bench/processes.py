"""What processes take: CPU time and memory, as /proc tells it."""

import os
import threading
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / TICK


def memory(pid: int | str, line: str) -> int:
    """Resident bytes of a process: `VmRSS` now, `VmHWM` at most."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(text.split()[1] for text in status if text.startswith(line))) * 1024


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
        self.peak = max(self.peak, memory(child, "VmHWM"))
        self.cpu = cpu_seconds(int(child))
