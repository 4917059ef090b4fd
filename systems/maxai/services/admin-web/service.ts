import { fileURLToPath } from 'node:url';
import { pageService } from '../pages/service.ts';

export const adminWeb = pageService('admin-web', fileURLToPath(new URL('public', import.meta.url)));
