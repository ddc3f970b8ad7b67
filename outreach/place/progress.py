"""Progress: how long a drive takes that meets a change of traffic on its way.

By the rule of Ichoua, Gendreau and Potvin (2003): a change of band changes the speed, not the time of the
whole drive. So who leaves later never arrives earlier, which a time looked up by the hour of leaving breaks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outreach.place.travel import UNREACHABLE

HOUR = 3600


def seconds(whole: NDArray[np.int64], band_of_hour: Sequence[int], leave: float) -> NDArray[np.float64]:
    """Seconds of drives begun at `leave` seconds after midnight; infinite where no way leads.

    `whole` (bands, ...) are the seconds of each drive in a band that never ends, `band_of_hour` the band in
    force in each hour after midnight; the last one lasts on.
    """
    taken, left, now = np.zeros(whole.shape[1:]), np.ones(whole.shape[1:]), leave
    while (left > 0).any():
        hour = min(int(now // HOUR), len(band_of_hour) - 1)
        lasts = (hour + 1) * HOUR - now if hour < len(band_of_hour) - 1 else np.inf
        pace = whole[band_of_hour[hour]].astype(float)
        driven = np.minimum(left * pace, lasts)
        taken += driven
        left = np.where(driven < lasts, 0.0, left - driven / np.maximum(pace, 1e-9))
        now += lasts
    return np.where((whole >= UNREACHABLE).any(axis=0), np.inf, taken)


def at_most(whole: NDArray[np.int64], here: int, then: int) -> NDArray[np.int64]:
    """Seconds that suffice for a drive of up to an hour begun at any moment of an hour in band `here`, when
    the next hour is in band `then`: promised to people, they can be kept even on the verge of the change."""
    return np.asarray(np.maximum(whole[here], whole[then]))
