import { Graph, layout } from '@dagrejs/dagre';
import type { SystemView } from '#api/browser';

/** A part of the system with its place in the picture: the corner at the top left, in pixels. */
export interface Box {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** As the `d` of an SVG path. */
  readonly path: string;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly groups: readonly (Box & { readonly title: string })[];
  readonly parts: readonly Box[];
  readonly edges: readonly Edge[];
}

export interface Group {
  readonly key: string;
  readonly title: string;
  /** Names of services or stores. */
  readonly members: readonly string[];
}

const partSize = { width: 184, height: 88 };
/** Above each part there is room for the title of its group. */
const above = 26;

/** The parts by who reaches them: from outside first, what keeps the data last. Empty groups are left out. */
export function groupsOf({ services, stores }: SystemView): readonly Group[] {
  const exposed = (...wanted: readonly string[]) =>
    services.filter(({ exposure }) => wanted.includes(exposure)).map(({ name }) => name);
  return [
    { key: 'public', title: 'Reached from outside', members: exposed('public') },
    { key: 'vpn', title: 'Reached through the VPN', members: exposed('vpn') },
    { key: 'private', title: 'Reached from inside', members: exposed('private') },
    { key: 'none', title: 'Workers, which answer nobody', members: exposed('none') },
    { key: 'stores', title: 'Stores', members: stores.map(({ name }) => name) },
  ].filter(({ members }) => members.length > 0);
}

/** Lays the system out from left to right, callers before what they call. The same system is always drawn the same. */
export function pictureOf(system: SystemView): Picture {
  const groups = groupsOf(system);
  const graph = graphOf(system, groups);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    groups: groups.map(({ key, title }) => ({ ...boxOf(graph, groupId(key), key), title })),
    parts: groups.flatMap(({ members }) => members.map((name) => partOf(graph, name))),
    edges: graph
      .edges()
      .filter((edge) => !isHidden(graph, edge))
      .map((edge) => edgeOf(graph, edge)),
  };
}

function boxOf(graph: Graph, id: string, name: string): Box {
  const { x = 0, y = 0, width = 0, height = 0 } = graph.node(id) as Partial<Box>;
  return { name, x: x - width / 2, y: y - height / 2, width, height };
}

function partOf(graph: Graph, name: string): Box {
  const box = boxOf(graph, name, name);
  return { ...box, y: box.y + above, height: box.height - above };
}

const groupId = (key: string) => `group ${key}`;

function graphOf({ services }: SystemView, groups: readonly Group[]): Graph {
  const graph = new Graph({ compound: true });
  graph.setGraph({ rankdir: 'LR', ranksep: 44, nodesep: 6, edgesep: 10, marginx: 4, marginy: 4 });
  for (const { key, members } of groups) {
    graph.setNode(groupId(key), {});
    for (const name of members) {
      graph.setNode(name, { width: partSize.width, height: partSize.height + above });
      graph.setParent(name, groupId(key));
    }
  }
  const rank = new Map(groups.flatMap(({ members }, at) => members.map((name) => [name, at] as const)));
  for (const { name, needs } of services)
    for (const need of needs) {
      if (need === name || !rank.has(need)) continue;
      // What calls back towards the outside is laid out the other way round: the outside stays at the left.
      const isBack = (rank.get(need) ?? 0) < (rank.get(name) ?? 0) && rank.get(need) === 0;
      const [first, second] = isBack ? [need, name] : [name, need];
      if (!graph.hasEdge(first, second)) graph.setEdge(first, second, { isBack });
    }
  // Stores stand right of all services, also of those that call nobody.
  const stores = groups.find(({ key }) => key === 'stores')?.members ?? [];
  for (const { name, exposure } of services)
    for (const store of stores)
      if (exposure === 'private' && (graph.outEdges(name) ?? []).every((edge) => isHidden(graph, edge)))
        graph.setEdge(name, store, { isHidden: true, weight: 0 });
  return graph;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const isHidden = (graph: Graph, { v, w }: { readonly v: string; readonly w: string }) =>
  (graph.edge(v, w) as { readonly isHidden?: boolean }).isHidden === true;

/** From the side of one part to the side of the other, by the way that dagre has kept free. */
function edgeOf(graph: Graph, { v, w }: { readonly v: string; readonly w: string }): Edge {
  const { points, isBack } = graph.edge(v, w) as { points: readonly Point[]; isBack: boolean };
  const [left, right] = [partOf(graph, v), partOf(graph, w)].toSorted((a, b) => a.x - b.x);
  const isLevel = left !== undefined && right !== undefined && left.x + left.width <= right.x;
  const between = points.slice(1, -1);
  if (!isLevel) return { from: v, to: w, path: curve(points) };
  const way = left.name === v ? between : between.toReversed();
  const free = way.filter(({ x }) => x > left.x + left.width + 8 && x < right.x - 8);
  const start = { x: left.x + left.width, y: port(left, free[0] ?? middle(right)) };
  const end = { x: right.x, y: port(right, free.at(-1) ?? middle(left)) };
  const line = [start, ...free, end];
  const isTurned = (left.name === v) === isBack;
  return {
    from: isBack ? w : v,
    to: isBack ? v : w,
    path: curve(isTurned ? line.toReversed() : line),
  };
}

const middle = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });

/** Where a line leaves a side: the nearer to where it goes, but not at a corner. */
function port(box: Box, to: Point): number {
  const centre = middle(box).y;
  const most = box.height / 2 - 14;
  return centre + Math.max(-most, Math.min(most, (to.y - centre) * 0.35));
}

/** A line through the points that leaves and arrives level. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let from = first;
  let path = `M${round(from.x)} ${round(from.y)}`;
  for (const to of rest) {
    const between = round((from.x + to.x) / 2);
    path += `C${between} ${round(from.y)} ${between} ${round(to.y)} ${round(to.x)} ${round(to.y)}`;
    from = to;
  }
  return path;
}

const round = (value: number) => Math.round(value * 10) / 10;
