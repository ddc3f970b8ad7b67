/**
 * When the sun is down at a place, so that the page turns dark by itself. The almanac's short formula
 * (NOAA solar calculator): right to about a minute between the polar circles.
 */
const DEGREES = Math.PI / 180;
const HORIZON = -0.833; // refraction and the sun's own radius

/** The sun's height above the horizon, in degrees. */
export function sunHeight(now: Date, lon: number, lat: number): number {
  const days = now.getTime() / 86_400_000 - 10_957.5; // since noon UTC on 1 January 2000
  const anomaly = (357.529 + 0.98560028 * days) * DEGREES;
  const meanLongitude = 280.459 + 0.98564736 * days;
  const longitude = (meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * DEGREES;
  const tilt = (23.439 - 0.00000036 * days) * DEGREES;
  const declination = Math.asin(Math.sin(tilt) * Math.sin(longitude));
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(longitude), Math.cos(longitude));
  const sidereal = (280.46061837 + 360.98564736629 * days + lon) * DEGREES;
  const hourAngle = sidereal - ascension;
  const sine =
    Math.sin(lat * DEGREES) * Math.sin(declination) +
    Math.cos(lat * DEGREES) * Math.cos(declination) * Math.cos(hourAngle);
  return Math.asin(sine) / DEGREES;
}

export function isDark(now: Date, lon: number, lat: number): boolean {
  return sunHeight(now, lon, lat) < HORIZON;
}
