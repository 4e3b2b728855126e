"""Files of the SQLite store: an atomic copy of a database, and whether a path lies on a network drive."""

import os
import sys
from pathlib import Path

import apsw

_NETWORK = {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "9p", "davfs", "glusterfs", "ceph"}


def copy_sqlite(source: apsw.Connection, path: Path) -> None:
    """Write a copy of a database to ``path`` atomically, readable by its owner only."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)
    target = apsw.Connection(str(temporary))
    try:
        with target.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(-1)
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        target.close()
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.chmod(0o600)
    temporary.replace(path)


def network_drive(path: Path, mounts: str | None = None) -> str:
    """Return the kind of network drive a path lies on, or "" when it lies on a disk of this computer.

    :param mounts: the text of ``/proc/mounts``; the system's own when left out.
    """
    if sys.platform == "win32":
        return _windows_drive(path)
    if mounts is None:
        table = Path("/proc/mounts")
        mounts = table.read_text("utf-8", "replace") if table.exists() else ""
    found = ("", "")
    for line in mounts.splitlines():
        point, kind = [word.replace("\\040", " ") for word in line.split()[1:3]]
        if (path == Path(point) or Path(point) in path.parents) and len(point) >= len(found[0]):
            found = (point, kind)
    kind = found[1]
    return kind if kind in _NETWORK or kind.startswith(("fuse.ss", "fuse.rclone")) else ""


def _windows_drive(path: Path) -> str:
    import ctypes

    anchor = path.anchor
    remote = anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(anchor) == 4  # type: ignore[attr-defined,unused-ignore]
    return "smb" if remote else ""
