"""Measures commands: CPU time, wall time and peak memory, as the operating system accounts for them."""
import json, os, pathlib, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STAGES = ('ingest', 'parse', 'classify', 'load', 'act')


def measure(command, **options):
    """Runs a command; gives its CPU seconds (user and system), wall seconds and peak memory in bytes.

    By a process of its own: what a fresh process takes of its parent's memory counts as its peak, and ours may be large."""
    command = list(map(str, command))
    done = subprocess.run([sys.executable, __file__, *command], stdout=subprocess.PIPE, text=True, **options)
    if done.returncode not in (0, 3):
        sys.exit(f'bench: {" ".join(command)} ended with {done.returncode}')
    return tuple(json.loads(done.stdout))


def measure_here(command):
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    print(json.dumps([usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss * 1024]))
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def built_binary():
    build = ['swift', 'build', '-c', 'release', '--package-path', str(ROOT), '--product', 'returnmill']
    subprocess.run(build, check=True, stdout=sys.stderr)
    shown = subprocess.run(build + ['--show-bin-path'], check=True, capture_output=True, text=True)
    return pathlib.Path(shown.stdout.strip()) / 'returnmill'


if __name__ == '__main__':
    measure_here(sys.argv[1:])
