import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createFrontPlace, type FrontPlace } from './place.ts';

/** A place whose service answers as the listener says. */
export async function answering(
  listener: RequestListener,
  more: Parameters<typeof createFrontPlace>[0] = {},
): Promise<FrontPlace> {
  const place = await createFrontPlace(more);
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const endpoints = [{ replica: 'own', port }];
  place.route('web', [{ revision: 'own', role: 'stable', weight: 100, endpoints }]);
  return place;
}
