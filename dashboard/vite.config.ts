import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { mockApi } from './dev/mock.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * FAIRWAY_API names a running control plane to develop against; without it the API is played by dev/mock.ts. Nothing is
 * inlined into HTML or CSS: the page is served with a policy that allows only files of its own origin.
 */
const api = process.env['FAIRWAY_API'];

export default defineConfig({
  root: here('.'),
  plugins: [react(), ...(api === undefined ? [mockApi()] : [])],
  resolve: { alias: { '#api/browser': here('../src/api/browser.ts') } },
  build: {
    outDir: here('../.tools/dashboard'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    target: 'es2023',
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    ...(api === undefined ? {} : { proxy: { '/v1': { target: api, changeOrigin: true } } }),
  },
});
