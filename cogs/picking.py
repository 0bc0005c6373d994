"""Which picture a button is about."""

from bot.errors import Gone
from bot.queue.job import Job, Picture
from bot.services import Services


def picture_of(job: Job, argument: str | None) -> Picture:
    """The picture that a button names by its index. Raises Gone."""
    for picture in job.pictures:
        if str(picture.index) == argument:
            return picture
    raise Gone


async def pictures_of_part(services: Services, job: Job, part: str) -> tuple[int, ...]:
    """The indices of those that one of the job's messages carries. Raises Gone."""
    for delivery in await services.store.deliveries(job.id):
        if str(delivery.part) == part:
            return delivery.pictures
    raise Gone
