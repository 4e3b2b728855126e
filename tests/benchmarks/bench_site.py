"""A month's site and its readers: ``python -m tests.benchmarks.bench_site [--reports NAME,…] [--readers 30]``.

``govkit report publish --internal`` publishes every report of every unit of the sample (or those named), every link is
followed, the search is asked in a browser with the site opened from its folder; then ``govkit dashboard --site`` serves
it from a process of its own, and simulated readers each read twenty of its reports, all at once. Printed are seconds,
size, links, the 95th percentile of an answer, and the memory of the server before and after.
"""

# ruff: noqa: T201 (it prints what it measured)

import argparse
import http.client
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlsplit

import psutil

from govkit.cli import run
from govkit.core.files import shipped
from tests.browser.conftest import CHROMIUM
from tests.reports.sites import links

MONTH, READS = "2015-09", 20
GOVKIT = [sys.executable, "-c", "from govkit.cli import main; main()"]


def main(reports: str, readers: int) -> None:
    """Publish, check and serve the site, and print the figures."""
    print(f"load average {os.getloadavg()[0]:.1f}")
    with TemporaryDirectory() as office:
        store, site = Path(office, "store"), Path(office, "site")
        run(["ledger", "import", *map(str, sorted(shipped("data/sample").glob("*.xlsx"))), "--store", str(store)])
        words = ["report", "publish", str(site), "--period", MONTH, "--internal", "--store", str(store)]
        words += ["--rendered", str(Path(office, "reports")), *(["--reports", reports] if reports else [])]
        print(f"published in {_timed(words):.1f} s, once more unchanged in {_timed(words):.1f} s")
        files = [path for path in site.rglob("*") if path.is_file()]
        pages = sorted(path for path in site.rglob("*.html") if path.name != "index.html")
        size = sum(path.stat().st_size for path in files) / 2**20
        began = time.perf_counter()
        checked, broken = links(site)
        print(f"{len(pages)} reports, {len(files)} files, {size:.1f} MiB", end="; ")
        print(f"{checked} links in {time.perf_counter() - began:.0f} s, {len(broken)} broken")
        _search(site)
        chosen = [quote(path.relative_to(site).as_posix()) for path in pages[:: max(1, len(pages) // READS)]][:READS]
        _read(store, site, chosen, readers)


def _timed(words: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([*GOVKIT, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def _search(site: Path) -> None:
    """Search in a browser that opened the site from its folder."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto((site / "index.html").as_uri())
        page.get_by_role("link", name="2015年9月").click()
        words = page.get_by_role("searchbox", name="搜索单位、报告和正文")
        began = time.perf_counter()
        words.fill("阳庙")
        page.locator(".results li a").first.wait_for()
        found = page.get_by_role("status").inner_text()
        print(f"opened from its folder, the search answered in {(time.perf_counter() - began) * 1000:.0f} ms: {found}")
        browser.close()


def _read(store: Path, site: Path, paths: list[str], readers: int) -> None:
    """Let readers read the reports of a dashboard, all at once."""
    words = ["dashboard", "--port", "0", "--period", MONTH, "--site", str(site), "--store", str(store)]
    with subprocess.Popen([*GOVKIT, *words], stdout=subprocess.PIPE, text=True) as server:
        try:
            said = ""
            while not (found := re.search(r"http://\S+", said)):
                said = server.stdout.readline() if server.stdout else ""
            address = urlsplit(found[0])
            memory = psutil.Process(server.pid)
            held = memory.memory_full_info().uss

            def read(_reader: int) -> list[float]:
                return [_asked(address.netloc, "GET", f"/reports/{path}", 200) for path in paths]

            with ThreadPoolExecutor(readers) as pool:
                times = [one for reader in pool.map(read, range(readers)) for one in reader]
            grown = memory.memory_full_info().uss - held
            refused = [_asked(address.netloc, method, "/", 405) for method in ("POST", "PUT", "PATCH", "DELETE")]
            print(f"{readers} readers × {len(paths)} reports: p95 {quantiles(times, n=20)[-1] * 1000:.0f} ms", end=", ")
            print(f"slowest {max(times) * 1000:.0f} ms; server {held / 2**20:.0f} MiB", end=" ")
            print(f"and {grown / 2**20:.1f} MiB more after; {len(refused)} methods that write refused")
        finally:
            server.terminate()


def _asked(host: str, method: str, path: str, status: int) -> float:
    connection = http.client.HTTPConnection(host, timeout=60)
    began = time.perf_counter()
    connection.request(method, path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != status:
        raise AssertionError(f"{method} {path}: {answer.status}")
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", default="")
    parser.add_argument("--readers", type=int, default=30)
    asked = parser.parse_args()
    main(asked.reports, asked.readers)
