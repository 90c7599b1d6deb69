"""Measures commands: CPU time, wall time and peak memory, as the operating system accounts for them."""
import os, pathlib, re, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STAGES = ('ingest', 'parse', 'classify', 'load', 'act')


def measure(command, **options):
    """Runs a command; gives its CPU seconds (user and system), wall seconds and peak memory in bytes."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        sys.exit(f'bench: {" ".join(map(str, command))} ended with {process.returncode}')
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss * 1024


def built_binary():
    build = ['swift', 'build', '-c', 'release', '--package-path', str(ROOT), '--product', 'returnmill']
    subprocess.run(build, check=True, stdout=sys.stderr)
    shown = subprocess.run(build + ['--show-bin-path'], check=True, capture_output=True, text=True)
    return pathlib.Path(shown.stdout.strip()) / 'returnmill'
