"""The page that asks for the password; it needs no script."""

from __future__ import annotations

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>emotion-edge: password</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh; }}
form {{ display: grid; gap: 12px; width: min(320px, 90vw); }}
h1 {{ font-size: 20px; margin: 0 0 8px; }}
input, button {{ font: inherit; padding: 10px 12px; border-radius: 8px; border: 1px solid #8888; }}
button {{ background: #1f5fbf; color: #fff; border-color: transparent; cursor: pointer; }}
p {{ margin: 0; color: #c2410c; }}
</style>
</head>
<body>
<main>
<form method="post" action="/login">
<h1>emotion-edge dashboard</h1>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
{wrong}
<button>Show the dashboard</button>
</form>
</main>
</body>
</html>
"""


def login_page(*, wrong: bool = False) -> str:
    """HTML; says so where the last password was wrong."""
    return _PAGE.format(wrong='<p role="alert">That is not the password.</p>' if wrong else "")
