"""The pages below ``/preview`` (pure): plain links and a form, so that the keyboard alone is enough."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from string import Template

#: Nothing is loaded from elsewhere, nothing but our own style and script runs, nobody may frame it.
POLICY = (
    "default-src 'none'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'"
)
_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.25rem; margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
a, button, input { font: inherit; padding: .5rem .75rem; border: 1px solid; border-radius: .4rem; }
a { color: LinkText; text-decoration: none; }
a[aria-current] { background: CanvasText; color: Canvas; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
figure { margin: 0; }
img { width: 100%; height: auto; background: #444; display: block; margin-bottom: .75rem; }
"""
_FRAME = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$title</title><style nonce="$nonce">$style</style></head>
<body><header><h1>$heading</h1></header>$body</body></html>
""")
_LIVE = Template("""<nav aria-label="Cameras">$cameras</nav>
<main><figure><img id="live" src="/preview/$camera.mjpeg"
 alt="Live picture of camera $camera with a box and a label at each face">
<figcaption><a href="/preview/$camera.jpg">Still picture</a> $about</figcaption></figure>
<p id="news" role="status"></p></main>
<script nonce="$nonce">
const news = document.getElementById("news");
document.getElementById("live").onerror = () => {
  news.textContent = "No picture: too many viewers, or the camera is gone. Reload the page to try again.";
};
let lost = false;
setInterval(async () => {
  try {
    await fetch("/livez", {cache: "no-store"});
    if (lost) location.reload();
  } catch {
    lost = true;
    news.textContent = "The device does not answer; the picture above is old. Trying again.";
  }
}, 3000);
</script>""")
_LOGIN = Template("""<main><form method="post" action="/preview">
<p role="alert">$complaint</p>
<p><label for="token">Token of the preview</label></p>
<p><input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Look</button></p></form></main>""")
_PIXELATED = "Faces that the detector finds are pixelated; one that it misses is not."
_PLAIN = "Faces are <strong>not</strong> pixelated (http.preview.pixelate is false)."


def live_page(place: str, cameras: Mapping[str, str], camera: str, nonce: str, *, pixelated: bool) -> str:
    """One camera's stream, and links to the others.

    Args:
        place: What device this is.
        cameras: Names to states.
        camera: The one that is shown.
        nonce: Of the page's own style and script.
        pixelated: Whether faces are.
    """
    links = "".join(
        f'<a href="/preview?camera={escape(name)}"{" aria-current=page" if name == camera else ""}>'
        f"{escape(name)} <small>{escape(state)}</small></a>"
        for name, state in cameras.items()
    )
    body = _LIVE.substitute(
        cameras=links, camera=escape(camera), about=_PIXELATED if pixelated else _PLAIN, nonce=nonce
    )
    return _framed(f"Preview {place}", place, body, nonce)


def login_page(complaint: str, nonce: str) -> str:
    """Asks for the token; what device this is, strangers are not told."""
    return _framed("Preview", "Preview", _LOGIN.substitute(complaint=escape(complaint)), nonce)


def _framed(title: str, heading: str, body: str, nonce: str) -> str:
    return _FRAME.substitute(
        title=escape(title), heading=escape(heading), style=_STYLE, body=body, nonce=nonce
    )
