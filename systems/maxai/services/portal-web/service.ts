import { fileURLToPath } from 'node:url';
import { pageService } from '../pages/service.ts';

export const portalWeb = pageService('portal-web', fileURLToPath(new URL('public', import.meta.url)));
