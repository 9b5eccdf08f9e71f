"""``python -m benchmarks [NAME…]``: all of them, or those named."""

import argparse
import sys
from collections.abc import Callable, Mapping

from benchmarks import api, chats, console, desk, first_reply, mail, sms, talks, telegram, text, tweets
from benchmarks.machine import describe
from benchmarks.processes import NotMeasured

BENCHMARKS: Mapping[str, Callable[[], None]] = {
    "sms": sms.run,
    "talks": talks.run,
    "mail": mail.run,
    "api": api.run,
    "first_reply": first_reply.run,
    "text": text.run,
    "tweets": tweets.run,
    "telegram": telegram.run,
    "console": console.run,
    "chats": chats.run,
    "desk": desk.run,
}


def main() -> int:
    """Exit code 1 where one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(names) - BENCHMARKS.keys():
        parser.error(f"no benchmark '{min(unknown)}'; there are {', '.join(BENCHMARKS)}")
    missing = 0
    for name in names:
        print(f"\n== {name}  {describe(f'python -m benchmarks {name}')}", flush=True)
        try:
            BENCHMARKS[name]()
        except NotMeasured as problem:
            print(f"{name}: NOT MEASURED: {problem}")
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
