"""Build the sdist and the wheel, and try the wheel in a fresh environment.

    python .ci/check_wheel.py dist

The environment holds the wheel, the packages that the wheel requires (linked from the environment
that runs this script, so that nothing is downloaded), and nothing else: no extra, no checkout.
`.ci/try_installed.py` runs in it. Then the packages of the extra "plots" are added, and it runs
again. Both files end up in the folder that is named.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
NAME = "esrnn-forecast"


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command and return what it prints; if it fails, show all of it and stop."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def copy_sources(target: Path) -> None:
    """Copy the files that git knows or would add; a build folder of the checkout stays behind."""
    listed = run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def build_wheel(source: Path, folder: Path) -> Path:
    """Build a wheel with the setuptools of this environment."""
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    run(sys.executable, "-m", "pip", "wheel", *options, "-w", folder, source, cwd=folder.parent)
    (wheel,) = folder.glob("*.whl")
    return wheel


def build_sdist(source: Path, folder: Path) -> Path:
    """Build an sdist with the setuptools of this environment."""
    folder.mkdir()
    code = f"from setuptools import build_meta; build_meta.build_sdist({str(folder)!r})"
    run(sys.executable, "-c", code, cwd=source)
    (sdist,) = folder.glob("*.tar.gz")
    return sdist


def digests_of(wheel: Path) -> dict[str, str]:
    """Map the files in a wheel to the SHA-256 of their contents."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/RECORD")]
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names}


def check_files(digests: dict[str, str], source: Path) -> None:
    """Compare the packages in a wheel with those in the sources, byte by byte."""
    expected = {
        path.relative_to(source).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for package in ("esrnn", "competitions")
        for path in (source / package).rglob("*")
        if path.is_file()
    }
    found = {name: digest for name, digest in digests.items() if ".dist-info/" not in name}
    if found != expected:
        differing = sorted(dict(found.items() ^ expected.items()))
        sys.exit(f"the wheel's files are not those of esrnn/ and competitions/: {differing}")


def required(dist: Distribution, extras: frozenset[str] = frozenset()) -> dict[str, Distribution]:
    """Find all distributions that one requires, directly or not, by their names."""
    found: dict[str, Distribution] = {}
    waiting = [(dist, extras)]
    while waiting:
        dependent, chosen = waiting.pop()
        for line in dependent.requires or []:
            need = Requirement(line)
            name = canonicalize_name(need.name)
            marker = need.marker
            wanted = marker is None or any(marker.evaluate({"extra": x}) for x in ("", *chosen))
            if wanted and name not in found:
                found[name] = distribution(name)
                waiting.append((found[name], frozenset(need.extras)))
    return found


def link_files(dist: Distribution, site: Path) -> None:
    """Link a distribution's folders and modules into an environment."""
    for name in {file.parts[0] for file in dist.files or []} - {"..", "__pycache__"}:
        if not (site / name).exists():
            (site / name).symlink_to(Path(str(dist.locate_file(name))))


def main(target: Path) -> None:
    """Build, compare, install, try; put what was built into `target`."""
    with tempfile.TemporaryDirectory(prefix="esrnn-wheel-") as name:
        folder = Path(name)
        source, outside = folder / "source", folder / "outside"
        outside.mkdir()
        copy_sources(source)
        sdist = build_sdist(source, folder / "sdist")
        wheel = build_wheel(source, folder / "wheel")
        digests = digests_of(wheel)
        check_files(digests, source)
        if digests != digests_of(build_wheel(sdist, folder / "from-sdist")):
            sys.exit("the wheel built from the sdist differs from the one built from the sources")
        print(f"{wheel.name}: {len(digests)} files, the same from {sdist.name}", flush=True)

        run(sys.executable, "-m", "venv", "--without-pip", "env", cwd=folder)
        python = folder / "env" / "bin" / "python"
        pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
        run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=outside)
        (site,) = (folder / "env" / "lib").glob("python*/site-packages")
        (info,) = site.glob("esrnn_forecast-*.dist-info")
        for extras in (frozenset[str](), frozenset({"plots"})):
            for dist in required(PathDistribution(info), extras).values():
                link_files(dist, site)
            print(run(*pip, "check", cwd=outside).strip())
            script = ROOT / ".ci" / "try_installed.py"
            print(run(python, "-I", script, ROOT, *extras, cwd=outside).strip(), flush=True)

        target.mkdir(exist_ok=True)
        for built in (sdist, wheel):
            shutil.copy(built, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
