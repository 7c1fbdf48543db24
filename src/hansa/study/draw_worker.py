"""The process behind `draw_runs`: reads the study, then numbers of draws; writes what it finds.

May import every room to the left. Run as ``python -m hansa.study.draw_worker``; talks pickles over
its standard input and output. It ends when its input does, so it does not outlive a killed parent.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import BinaryIO

from hansa.study.drawn import common, solve_draw


def serve(source: BinaryIO, out: BinaryIO) -> None:
    """Solve draw after draw until the input ends."""
    try:
        world, study = pickle.load(source)
        shared = common(world, study)
        while True:
            k = pickle.load(source)
            pickle.dump(solve_draw(shared, k), out)
            out.flush()
    except (EOFError, BrokenPipeError):
        return


def main() -> None:
    """Serve standard input and output; what anything else prints goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, out)


if __name__ == "__main__":
    main()
