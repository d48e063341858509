"""`lakehead serve` on an empty data folder, and a client of it."""

import json
import re
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

FLOW_SERVICE = "/data/foundation/flowservice"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The program with its data below `folder`, on SQLite or the database given, until `stop`."""

    def __init__(self, binary: Path, folder: Path, database: str | None = None):
        self.data_dir = folder / "lakehead"
        where = ["--data-dir", self.data_dir] + (["--database", database] if database else [])
        made = [binary, "client", "create", "--name", "bench", "--json", *where]
        self.client = json.loads(subprocess.run(made, check=True, capture_output=True).stdout)
        self.log = open(folder / "lakehead.log", "wb")
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--allow-egress", "127.0.0.0/8", *where]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        said = re.search(r"listening on (\S+)", self.process.stdout.readline())
        if not said:
            raise RuntimeError("the server does not start; see lakehead.log")
        self.base, self.headers = said.group(1), {}
        form = {"grant_type": "client_credentials", "scope": "openid"}
        form |= {"client_id": self.client["client_id"], "client_secret": self.client["client_secret"]}
        token = self.call("POST", "/ims/token/v3", urllib.parse.urlencode(form).encode())["access_token"]
        self.headers = {
            "Authorization": f"Bearer {token}",
            "x-api-key": self.client["client_id"],
            "x-gw-ims-org-id": self.client["org_id"],
            "x-sandbox-name": "prod",
        }

    def call(self, method: str, path: str, body=None):
        """One call; a body that is not bytes goes as JSON."""
        headers = dict(self.headers)
        if body is not None and not isinstance(body, bytes):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
