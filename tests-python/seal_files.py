"""Encrypts and signs files with Sequoia, an OpenPGP implementation other than the one that is tested.

Reads {"key": armoured public key, "files": [{"plain": Base64, "armour": bool, "by": null | "anna" | "eve", "for_eve": bool}]} from standard
input. Prints {"anna": Base64 of her public key, "files": [Base64]}.
"""

import base64
import json
import sys
import warnings

import pysequoia

warnings.simplefilter("ignore", DeprecationWarning)

request = json.load(sys.stdin)
people = {name: pysequoia.Cert.generate(name) for name in ("anna", "eve")}
ours = pysequoia.Cert.from_bytes(request["key"].encode())


def seal(file):
    by = file["by"] and people[file["by"]].secrets.signer()
    recipient = people["eve"] if file.get("for_eve") else ours
    plain = base64.b64decode(file["plain"])
    sealed = pysequoia.encrypt(bytes=plain, recipients=[recipient], signer=by, armor=file["armour"])
    return base64.b64encode(sealed).decode()


json.dump({
    "anna": base64.b64encode(str(people["anna"]).encode()).decode(),
    "files": [seal(file) for file in request["files"]],
}, sys.stdout)
