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


async def pictures_of_message(services: Services, job: Job, message_id: int) -> tuple[int, ...]:
    """The indices of those that a message carries; of a copy elsewhere all of the job's."""
    for delivery in await services.store.deliveries(job.id):
        if delivery.message_id == message_id:
            return delivery.pictures
    return tuple(picture.index for picture in job.pictures)


async def pictures_of_part(services: Services, job: Job, part: str) -> tuple[int, ...]:
    """The indices of those that one of the job's messages carries. Raises Gone."""
    for delivery in await services.store.deliveries(job.id):
        if str(delivery.part) == part:
            return delivery.pictures
    raise Gone
