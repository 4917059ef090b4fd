export { createViews, type Views } from './views.ts';
export type { ViewsOptions } from './options.ts';
