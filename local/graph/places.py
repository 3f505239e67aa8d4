"""Serves places: the rooms of the organisation and the lists they are in."""

from __future__ import annotations

from starlette.responses import Response

from local.graph.denials import OUTLOOK
from local.graph.errors import GraphError
from local.graph.filters import filtered
from local.graph.odata import EntityType
from local.graph.operations import Area, Call
from local.graph.rooms import Room

area = Area(OUTLOOK)

_PLACE = ("id", "displayName", "geoCoordinates", "phone", "address", "emailAddress", "tags", "label")
_ROOM = EntityType(
    "microsoft.graph.room",
    (
        *_PLACE, "nickname", "building", "floorNumber", "floorLabel", "capacity", "bookingType",
        "audioDeviceName", "videoDeviceName", "displayDeviceName", "isWheelChairAccessible",
    ),
    page=100,
)  # fmt: skip
_LIST = EntityType("microsoft.graph.roomList", _PLACE, page=100)


@area.operation("GET", "/places/microsoft.graph.room", permissions=("Place.Read.All",))
async def list_rooms(call: Call) -> Response:
    """Returns all rooms, filtered by their properties."""
    return _rooms(call, call.tenant.rooms)


@area.operation("GET", "/places/microsoft.graph.roomList", permissions=("Place.Read.All",))
async def list_room_lists(call: Call) -> Response:
    """Returns the lists that rooms are in."""
    found = filtered(call.tenant.room_lists, call.query.option("filter"))
    return call.many(found, call.context("places/microsoft.graph.roomList"), _LIST)


@area.operation("GET", "/places/{place}/microsoft.graph.roomList/rooms", permissions=("Place.Read.All",))
async def list_rooms_of_list(call: Call) -> Response:
    """Returns the rooms of a list, by its address or id."""
    wanted = call.arguments["place"].casefold()
    for each in call.tenant.room_lists:
        if wanted in (each["id"].casefold(), each["emailAddress"]):
            return _rooms(
                call, [room for room in call.tenant.rooms if room.list_address == each["emailAddress"]]
            )
    raise _not_found()


@area.operation("GET", "/places/{place}", permissions=("Place.Read.All",))
async def get_place(call: Call) -> Response:
    """Returns a room by its address or id."""
    wanted = call.arguments["place"].casefold()
    for room in call.tenant.rooms:
        if wanted in (str(room.properties["id"]).casefold(), room.address.casefold()):
            typed = {"@odata.type": "#microsoft.graph.room", **room.properties}
            return call.one(typed, call.context("places/$entity"), _ROOM)
    raise _not_found()


def _rooms(call: Call, rooms: list[Room]) -> Response:
    found = filtered([each.properties for each in rooms], call.query.option("filter"))
    return call.many(found, call.context("places/microsoft.graph.room"), _ROOM)


def _not_found() -> GraphError:
    return GraphError(404, "ErrorItemNotFound", "The place is not found.")
