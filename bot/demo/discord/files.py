"""Attachments by their signed addresses."""

from aiohttp import web

from bot.demo.discord.uploads import without_text_chunks
from bot.demo.discord.world import World


class FileRoutes:
    """``/attachments`` gives the bytes as uploaded, ``/media`` what Discord's proxy makes of them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        for folder in ("attachments", "ephemeral-attachments", "media"):
            router.add_get(f"/{folder}/{{channel}}/{{attachment}}/{{name}}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        query = request.query
        if not self._world.signer.good(request.path, query.get("ex", ""), query.get("hm", "")):
            raise web.HTTPNotFound(text="This content is no longer available.")
        found = self._world.attachments.get(int(request.match_info["attachment"]))
        if found is None:
            raise web.HTTPNotFound(text="This content is no longer available.")
        data = found.data
        if request.path.startswith("/media/"):
            data = without_text_chunks(data)
        headers = {"Content-Disposition": f'attachment; filename="{found.filename}"'}
        return web.Response(body=data, content_type=_plain(found.content_type), headers=headers)


def _plain(content_type: str) -> str:
    """Without parameters, and nothing that a browser would run."""
    bare = content_type.partition(";")[0]
    return (
        bare
        if bare.startswith(("image/", "video/", "audio/")) and "svg" not in bare
        else "application/octet-stream"
    )
