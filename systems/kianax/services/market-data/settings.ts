import { httpProtocols, secret, url } from 'fairway-kit';
import { cacheSettings } from '../common/settings.ts';

export const settings = {
  ...cacheSettings,
  polygonUrl: url('POLYGON_URL', httpProtocols, 'https://api.polygon.io'),
  streamUrl: url('POLYGON_STREAM_URL', ['ws:', 'wss:'], 'wss://socket.polygon.io/stocks'),
  polygonKey: secret('POLYGON_API_KEY'),
  /** Only in development: what stands in for Polygon, for both. */
  standIn: url('STAND_IN_POLYGON_URL', httpProtocols, null),
};
