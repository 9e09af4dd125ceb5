"""Lays out the image's root: Python, the packages, and the libraries that these load. No shell, no package manager.

Runs in the build stage: `python3 root.py VERSION PACKAGES TARGET`. VERSION is the Python that was asked for.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

# Parts of the standard library that a service without terminal, database and compiler never loads.
UNUSED = [
    "site-packages",
    "dist-packages",
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "turtledemo",
    "lib2to3",
    "ensurepip",
    "venv",
    "pydoc_data",
    "config-*",
    "__pycache__",
    "_tkinter*",
    "nis.*",
    "_dbm.*",
    "_gdbm.*",
    "readline.*",
    "_curses*",
    "_sqlite3.*",
    "_test*",
    "_xxtestfuzz.*",
    "xxlimited*",
    "ossaudiodev.*",
    "_crypt.*",
    "spwd.*",
    "*.exe",
]
# Sources and static libraries for compilers, and conversion tools of onnxruntime.
UNUSED_OF_PACKAGES = ["bin", "tests", "*.a", "*.c", "*.h", "*.pxd", "*.pyx", "transformers", "quantization"]


def libraries(files: list[Path]) -> set[Path]:
    """Return every shared library that the files load from outside their own packages."""
    found: set[Path] = set()
    bundled = {file.name for file in files}
    for file in files:
        # A program without libraries makes ldd fail; nothing in Python's is one.
        lines = subprocess.run(["/usr/bin/ldd", str(file)], stdout=subprocess.PIPE, check=False).stdout.decode()
        for line in lines.splitlines():
            name, _, place = line.strip().partition(" => ")
            if place.startswith("not found") and name not in bundled:
                raise SystemExit(f"root: {file} needs {name}, which the base image lacks")
            path = (place or name).split(" ")[0]
            if path.startswith("/"):
                found.add(Path(path))
    return found


def copy(source: Path, target: Path) -> None:
    """Copy a file to the same place below the target, through links: a library is found by the name it is asked by."""
    place = target / source.relative_to("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(str(source.resolve()), str(place))


def record_packages(paths: set[Path], target: Path) -> None:
    """Note the Debian packages that the libraries come from, so that scanners see them, and keep their licences."""
    names = set()
    for path in paths:
        for spelling in (str(path), f"/usr{path}", str(path.resolve())):
            # The base may carry libraries of no package: those of Python itself.
            owner = subprocess.run(
                ["/usr/bin/dpkg-query", "--search", spelling],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            if owner.returncode == 0:
                names.add(owner.stdout.decode().split(":")[0])
                break
    status = target / "var/lib/dpkg/status.d"
    status.mkdir(parents=True)
    for name in sorted(names):
        described = subprocess.run(["/usr/bin/dpkg-query", "--status", name], stdout=subprocess.PIPE, check=True)
        (status / name).write_bytes(described.stdout)
        licence = Path("/usr/share/doc", name, "copyright")
        if licence.exists():
            copy(licence, target)


def main() -> None:
    version, packages, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    found = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if found != version:
        raise SystemExit(f"root: Python {version} was asked for and the base image has {found}; give another --base")
    library = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(str(library), str(target / library.relative_to("/")), ignore=shutil.ignore_patterns(*UNUSED))
    shutil.copytree(str(packages), str(target / "app/packages"), ignore=shutil.ignore_patterns(*UNUSED_OF_PACKAGES))
    # Nothing can be written beside the code later; by hash, so that the files' times do not matter.
    for folder in (library.relative_to("/"), Path("app/packages")):
        subprocess.run(
            [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-d", f"/{folder}"]
            + [str(target / folder)],
            check=True,
        )
    program = Path(sys.executable).resolve()
    copy(program, target)
    (target / program.relative_to("/")).parent.joinpath("python3").symlink_to(program.name)
    modules = [
        path
        for folder in (target / library.relative_to("/"), target / "app/packages")
        for path in folder.rglob("*.so*")
    ]
    needed = {path for path in libraries([program, *modules]) if target not in path.parents}
    for path in needed:
        copy(path, target)
    record_packages(needed, target)
    for path in ("/etc/ld.so.conf", "/etc/os-release", "/etc/debian_version"):
        copy(Path(path), target)
    for path in Path("/etc/ld.so.conf.d").glob("*.conf"):
        copy(path, target)
    subprocess.run(["/sbin/ldconfig", "-r", str(target)], check=True)
    (target / "etc/passwd").write_text("claims:x:10001:10001::/app:/nonexistent\n")
    (target / "etc/group").write_text("claims:x:10001:\n")


if __name__ == "__main__":
    main()
