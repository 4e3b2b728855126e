"""Small notebooks, one for each kind of thing in which an engine could differ from papermill's own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

ANYWAY = "raises-exception"
"""The tag of a cell whose error does not end the notebook."""


@dataclass(frozen=True)
class Kind:
    """The cells of a notebook and the options it runs with; ``go_on`` tags every cell as one that may fail."""

    cells: tuple[str, ...]
    go_on: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the notebook."""
        spec = {"name": "python3", "display_name": "python3", "language": "python"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
        for number, source in enumerate(self.cells):
            cell = nbformat.v4.new_code_cell(source, id=f"cell-{number}")
            cell.metadata["tags"] = [ANYWAY] if self.go_on else []
            notebook.cells.append(cell)
        nbformat.write(notebook, path)


def kind(*cells: str, go_on: bool = True, **options: Any) -> Kind:
    """Return a kind with these cells."""
    return Kind(cells, go_on, options)


LOGGED = "logging.getLogger('x').warning('w'); print('p'); logging.getLogger('y').debug('d')"
KINDS: dict[str, Kind] = {
    "loggers": kind(
        "import logging\nlogging.basicConfig(level=logging.DEBUG)\nlogging.debug('own')\n1 / 0",
        "logging.getLogger().addHandler(logging.StreamHandler())\n" + LOGGED,
        "import sys\nlogging.getLogger().addHandler(logging.StreamHandler(sys.stdout))\n" + LOGGED,
        "logging.disable(0)\nfor name in list(logging.root.manager.loggerDict):\n    logging.getLogger(name).level = 0",
        "no_such_name",
        "%no_such_magic",
        "import asyncio\nasync def bad():\n    raise ValueError('lost')\nfuture = asyncio.ensure_future(bad())",
        "await asyncio.sleep(.1)\nprint(future.exception())",
    ),
    "history": kind(
        "1 + 1",
        "%history",
        "%history -n 1-2",
        "%history -l 2",
        "%history -g 1*",
        "%recall 1",
        "%rerun 1",
        "%macro again 1",
        "again",
        "%save -f kept.py 1-2",
        "print(open('kept.py').read())",
        "history = get_ipython().history_manager\nhistory.hist_file, history.enabled, history.session_number",
        "_, __, _1, _i1, _i, In[:2], sorted(Out), len(_ih), sorted(_oh)",
        "list(history.get_range(0, 1, 3, output=True))",
        "%notebook kept.ipynb",
        "%reset -f out",
        "%reset -f",
        "sorted(name for name in globals() if not name.startswith('_'))",
    ),
    "the process": kind(
        "import os, sys, time, locale\nsorted(os.environ.keys() - {'PYDEVD_USE_FRAME_EVAL'})",
        "[os.environ.get(name) for name in ('TERM', 'PAGER', 'GIT_PAGER', 'FORCE_COLOR', 'MPLBACKEND')]",
        "[Path(one).name for one in sys.argv[:1]], sys.argv[1], len(sys.argv)\nfrom pathlib import Path",
        "import argparse\nargparse.ArgumentParser().parse_args()",
        "sys.path",
        "__name__, __spec__, __doc__, __builtins__, sys.modules['__main__'], get_ipython().user_module",
        "__file__",
        "sorted(globals())",
        "_dh, get_ipython().starting_dir, os.getcwd()",
        "locale.getlocale(), time.tzname, sys.flags, sys.stdin.read(), sys.stdout.isatty(), sys.stdout.encoding",
        "type(sys.stdout).__name__, sys.displayhook, sys.excepthook",
        "import signal as s\n[s.getsignal(one) for one in (s.SIGINT, s.SIGTERM, s.SIGCHLD, s.SIGPIPE)]",
        "import warnings\nwarnings.filters",
        "import gc, resource\ngc.isenabled(), gc.get_threshold(), resource.getrlimit(resource.RLIMIT_AS)",
        "get_ipython().config.get('HistoryManager'), sorted(get_ipython().config)",
        "%lsmagic",
        "%who",
        "x = 5\n%store x",
        "%config",
        "from concurrent.futures import ProcessPoolExecutor as P\nimport multiprocessing as m\n"
        "with P(1, m.get_context('spawn')) as pool:\n    print(list(pool.map(abs, [-1, -2])))",
    ),
    "what is asked for": kind(
        "input('?')",
        "import getpass\ngetpass.getpass()",
        "breakpoint()",
        "import pdb\npdb.set_trace()",
        "1 / 0",
        "%debug",
    ),
    "displays": kind(
        "from IPython.display import *\nhandle = display('a', display_id='h')\nclear_output()\nhandle.update('b')",
        "display('c', display_id='h')\nupdate_display('d', display_id='h')",
        "for n in range(3):\n    print(n, flush=True)\n    clear_output(wait=True)",
        "display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n0', format='png'), IFrame('x', 1, 2), ProgressBar(3))",
        "class Broken:\n    def _repr_html_(self):\n        raise ValueError('broken')\nBroken()",
        "class Bundle:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'text/plain': 'p', 'application/json': 1}, {'application/json': {'expanded': True}}\nBundle()",
        "class Old:\n    def __repr__(self):\n        return '乡\\n镇'\n    _repr_latex_ = lambda self: '$x$'\nOld()",
        "import pandas as pd, numpy as np\npd.DataFrame({'村': ['甲', '乙'], '数': [1.5, np.nan]}).style.set_uuid('u')",
        "%%html\n<b>x</b>",
        "%%latex\nx",
        "%%markdown\n*x*",
        "len?",
        "%pinfo2 len",
        "help(abs)",
    ),
    "figures": kind(
        "%matplotlib inline\n%config InlineBackend.figure_formats = ['png', 'svg']\n"
        "import matplotlib.pyplot as plt\nplt.rcParams['svg.hashsalt'] = 'x'\nplt.rcParams['svg.fonttype']",
        "import re\nfrom IPython.display import display\nfigure, axes = plt.subplots()\naxes.bar(['a', 'b'], [1, 2])\n"
        "plt.close(figure)\n{k: len(v) for k, v in get_ipython().display_formatter.format(figure)[0].items()}",
        "%config InlineBackend.figure_formats = ['png']\nplt.plot([1, 3, 2])\nplt.title('t')",
        "plt.figure(figsize=(2, 1), dpi=50)\nplt.imshow([[1, 2], [3, 4]])\nplt.show()\nprint('after')\nplt.plot([1])",
        "%config InlineBackend.close_figures = False\nplt.plot([2])",
        "plt.gcf()",
        "plt.get_backend(), plt.rcParams['figure.dpi'], plt.isinteractive()",
    ),
    "errors": kind(
        "class Told(Exception):\n    def _render_traceback_(self):\n        return ['own traceback']\nraise Told('x')",
        "raise ExceptionGroup('g', [ValueError(1), KeyError('k')])",
        "exec(\"raise ValueError('in exec')\")",
        "import threading\ndef boom():\n    raise RuntimeError('thread')\n"
        "thread = threading.Thread(target=boom)\nthread.start()\nthread.join()",
        "%xmode Minimal",
        "1 / 0",
        "%xmode Context",
        "error = ValueError('noted')\nerror.add_note('a note')\nraise error",
        "if True:\nprint(1)",
        "print('open",
        "raise SystemExit",
    ),
    "warnings": kind(
        "import warnings\nwarnings.warn('d', DeprecationWarning)\nwarnings.warn('p', PendingDeprecationWarning)",
        "warnings.warn('u')\nwarnings.warn('u')",
        "for n in range(2):\n    warnings.warn('loop')",
        "'\\d'",
        "import sys\nprint(sys.warnoptions)",
    ),
    "magics": kind(
        "import sys",
        "%%capture out\nprint(1)\nprint(2, file=sys.stderr)\n3",
        "out.show()\nout.stderr, [one.data for one in out.outputs]",
        "%%bash\necho 中文\necho err >&2\nexit 3",
        "%%bash --out caught --err wrong\necho 1; echo 2 >&2",
        "caught, wrong",
        "%%sh\nprintf x",
        "%%writefile run_me.py\nimport sys\nprint('ran', __name__, __file__, sys.argv)",
        "%run run_me.py x y",
        "!{sys.executable} run_me.py",
        "%run -i nowhere.py",
        "%load_ext autoreload\n%autoreload 2",
        "%alias_magic t timeit",
        "%cd ..\n%cd -q -\nlen(_dh)",
        "%precision 3\n3.14159265",
        "%pprint\nlist(range(40))",
        "get_ipython().ast_node_interactivity = 'all'",
        "1\n2",
    ),
    "async": kind(
        "import asyncio\nawait asyncio.sleep(.01)\nasyncio.get_running_loop().__class__",
        "asyncio.run(asyncio.sleep(0))",
        "handle = asyncio.get_event_loop().call_later(.05, print, 'later')",
        "await asyncio.sleep(.2)",
        "async with asyncio.timeout(.01):\n    await asyncio.sleep(1)",
        "async def f():\n    yield 1\nasync for n in f():\n    print(n)",
        "await asyncio.gather(*(asyncio.to_thread(abs, n) for n in (-1, -2)))",
    ),
    "streams": kind(
        "import os, sys, subprocess\nsubprocess.run(['sh', '-c', 'echo out']).returncode",
        "os.write(2, b'raw bytes\\n')\nimport time\ntime.sleep(.5)",
        "print('x', end='')\nprint('\\r y', end='')\nsys.stdout.flush()\nprint('z')",
        "sys.stdout.buffer",
        "for n in range(5):\n    print(n, file=[sys.stdout, sys.stderr][n % 2], flush=True)",
        "import threading\nt = threading.Thread(target=lambda: (time.sleep(.2), print('late')))\nt.start()",
        "t.join()\nprint('joined')",
    ),
    "widgets": kind(
        "import ipywidgets as w\nfrom tqdm.auto import tqdm\nbox = w.HBox([w.IntSlider(3), w.Text('文')])\nbox",
        "box.children[0].value = 9",
        "out = w.Output()\nout.append_stdout('first')\nout",
        "with out:\n    print('inside')\n    1 / 0",
        "@w.interact(x=3)\ndef f(x):\n    print(x)",
        "tqdm.__module__",
    ),
    "some errors allowed": kind("1 / 0", "int('x')", "2", go_on=False, allow_error_names=["ZeroDivisionError"]),
    "exit": kind("print('before')", "exit", "print('never')", go_on=False),
    "kernel arguments": kind("1\n2", go_on=False, extra_arguments=["--InteractiveShell.ast_node_interactivity=all"]),
    "a kernel that is not there": kind("1", go_on=False, kernel_name="ir"),
}
