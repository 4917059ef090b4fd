import { renderReport } from '../report/document.ts';
import { serveTasks } from './serve.ts';

serveTasks({ report: renderReport });
