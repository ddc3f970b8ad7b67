"""Areas: the neighbourhoods a programme answers to, as polygons where known and named centres where not."""

from outreach.place.areas.files import import_geojson
from outreach.place.areas.rows import Area, area_of, listed, strays

__all__ = ["Area", "area_of", "import_geojson", "listed", "strays"]
