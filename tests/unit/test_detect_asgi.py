"""The command that reloads a FastAPI application, as its CMD finds it."""

from __future__ import annotations

import pytest

from devkit.config.detect import detect
from devkit.dockerfile import parse

FILES = {"requirements.txt": "fastapi\nuvicorn\n", "src/main.py": "app = FastAPI()\n"}
HERE = "--reload --host 0.0.0.0 --port 8000"


@pytest.mark.parametrize(
    ("cmd", "command"),
    [
        ("uvicorn src.main:app", f"uvicorn src.main:app {HERE}"),
        ("uvicorn main:app --app-dir src", f"uvicorn main:app --app-dir src {HERE}"),
        ('["uvicorn", "--app-dir=src", "main:app"]', f"uvicorn main:app --app-dir src {HERE}"),
        ('["uvicorn", "x:y", "--app-dir", "a b"]', f"uvicorn x:y --app-dir 'a b' {HERE}"),
        ("uvicorn --factory main:make", f"uvicorn main:make --factory {HERE}"),
        ("gunicorn 'main:make()'", f"uvicorn main:make --factory {HERE}"),
        ("gunicorn --chdir src main:app", None),
        ("gunicorn --pythonpath=src main:app", None),
        ("cd src && uvicorn main:app", None),
        ("uvicorn --app-dir $FOLDER main:app", None),
        ("./serve", f"uvicorn src.main:app {HERE}"),
    ],
)
def test_the_folder_of_the_application(cmd: str, command: str | None) -> None:
    text = f"FROM x\nWORKDIR /app\nCOPY . .\nEXPOSE 8000\nCMD {cmd}"
    assert detect(FILES, dockerfile=parse(text), dockerfile_text=text).command == command
