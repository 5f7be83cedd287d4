# Compiles the modules below SOURCE into TARGET's __pycache__ folders, to be trusted without a look at their sources.
import os
import py_compile
import sys

source, target, location = sys.argv[1:]
for folder, names, files in os.walk(source):
    names[:] = sorted(name for name in names if name not in ("__pycache__", "test", "tests"))
    inside = os.path.relpath(folder, source)
    for name in sorted(files):
        if not name.endswith(".py"):
            continue
        compiled = f"{name[:-3]}.{sys.implementation.cache_tag}.pyc"
        try:
            py_compile.compile(
                os.path.join(folder, name),
                cfile=os.path.normpath(os.path.join(target, inside, "__pycache__", compiled)),
                dfile=os.path.normpath(os.path.join(location, inside, name)),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except (py_compile.PyCompileError, UnicodeDecodeError):
            # Templates and samples of other Python versions: Python itself passes over them too.
            continue
