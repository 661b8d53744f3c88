// Simple scenes as SVG, for the pictures of docs/learning.md.

const scene = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200" viewBox="0 0 320 200">${content}</svg>`;

const rect = (x: number, y: number, width: number, height: number, fill: string, more = ''): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" ${more}/>`;

const circle = (x: number, y: number, radius: number, fill: string, more = ''): string =>
  `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}" ${more}/>`;

const polygon = (points: string, fill: string, more = ''): string =>
  `<polygon points="${points}" fill="${fill}" ${more}/>`;

const path = (d: string, stroke: string, width: number): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round"/>`;

const text = (x: number, y: number, size: number, fill: string, words: string, anchor = 'middle'): string =>
  `<text x="${x}" y="${y}" font-family="DejaVu Sans, sans-serif" font-weight="bold" font-size="${size}" fill="${fill}" text-anchor="${anchor}">${words}</text>`;

const at = (x: number, y: number, content: string, scale = 1): string =>
  `<g transform="translate(${x} ${y}) scale(${scale})">${content}</g>`;

/** From the side, 110 × 50. */
const car = (paint: string): string =>
  [
    polygon('22,24 36,4 74,4 90,24', paint),
    polygon('30,22 40,8 54,8 54,22', '#cfe6f2'),
    polygon('58,8 71,8 82,22 58,22', '#cfe6f2'),
    rect(0, 22, 110, 20, paint, 'rx="8"'),
    rect(102, 26, 8, 7, '#ffe680', 'rx="2"'),
    rect(0, 26, 6, 7, '#b3261e', 'rx="2"'),
    ...[26, 84].map((x) => circle(x, 42, 11, '#222') + circle(x, 42, 5, '#999')),
  ].join('');

/** 60 × 110. */
const tree = (leaves: string): string =>
  [
    rect(25, 62, 10, 48, '#6b4a2b'),
    circle(30, 36, 28, leaves),
    circle(14, 52, 18, leaves),
    circle(47, 52, 18, leaves),
    ...[
      [22, 26],
      [38, 30],
      [28, 46],
      [12, 52],
      [46, 56],
    ].map(([x, y]) => circle(x!, y!, 5, '#ffffff', 'fill-opacity="0.25"')),
  ].join('');

/** 70 × 80; what is striped says that a texture is there. */
const cat = (fur: string, stripes: string): string =>
  [
    path('M58,66 C84,60 78,34 68,30', fur, 8),
    `<ellipse cx="36" cy="58" rx="26" ry="22" fill="${fur}"/>`,
    polygon('12,24 14,0 30,12', fur),
    polygon('60,24 58,0 42,12', fur),
    circle(36, 26, 22, fur),
    ...[24, 36, 48].map((x) => path(`M${x},${44} L${x - 4},${74}`, stripes, 4)),
    ...[30, 36, 42].map((x) => path(`M${x},6 L${x},14`, stripes, 3)),
    ...[28, 44].map((x) => circle(x, 24, 4, '#1d2b1d')),
    polygon('33,32 39,32 36,36', '#d98c8c'),
    path('M14,34 L26,35 M14,40 L26,38 M58,34 L46,35 M58,40 L46,38', '#f5f5f5', 1.2),
  ].join('');

const house = (wall: string): string =>
  [
    rect(0, 30, 70, 56, wall),
    polygon('-6,32 35,0 76,32', '#8a3b2e'),
    rect(28, 54, 16, 32, '#5b4030'),
    ...[8, 50].map((x) => rect(x, 42, 13, 13, '#dff1fa')),
  ].join('');

/** The lamp that is lit, from 0 at the top. */
const trafficLight = (lit: number): string =>
  [
    rect(22, 92, 8, 90, '#555'),
    rect(0, 0, 52, 100, '#2c2f33', 'rx="10"'),
    ...['#ff3b30', '#ffcc00', '#34c759'].map((lamp, place) =>
      circle(26, 18 + 32 * place, 13, place === lit ? lamp : '#4a4e54'),
    ),
  ].join('');

const land = (sky: string, ground: string): string =>
  rect(0, 0, 320, 130, sky) + rect(0, 130, 320, 70, ground);

const road =
  rect(0, 140, 320, 60, '#6d7278') +
  path('M0,172 L320,172', '#f4f4f4', 3).replace('/>', ' stroke-dasharray="22 20"/>');

/** A gate with a barrier, always from the same place. */
const gate = (content: string): string =>
  scene(
    [
      land('#a9c9de', '#8d9a86'),
      rect(0, 150, 320, 50, '#70757b'),
      at(14, 44, house('#d8cdb8'), 1.2),
      rect(236, 110, 14, 56, '#d0342c'),
      path('M243,118 L120,108', '#f7f7f7', 6),
      path('M214,115.6 L190,113.6 M166,111.6 L142,109.6', '#d0342c', 6),
      content,
    ].join(''),
  );

const roofs = (x: number, y: number): string =>
  at(x, y, rect(0, 0, 34, 24, '#a8503c') + rect(0, 12, 34, 12, '#8c402f') + rect(24, 4, 5, 5, '#ddd'));

export const SCENES = {
  street: scene(
    [
      land('#bfe0f5', '#7fae6a'),
      circle(282, 30, 16, '#ffd54d'),
      at(20, 54, house('#e8d3a9')),
      at(240, 32, tree('#3e8e41')),
      road,
      at(96, 128, car('#2563c9'), 1.15),
    ].join(''),
  ),
  trees: scene(
    [
      land('#cfe4ee', '#9cbf77'),
      at(16, 40, tree('#3e8e41'), 1.2),
      at(110, 30, tree('#d0862a'), 1.35),
      at(212, 44, tree('#86a83a'), 1.2),
      at(278, 112, house('#e9e2d0'), 0.5),
    ].join(''),
  ),
  trafficLight: scene(
    [
      land('#d9e4ea', '#9aa79b'),
      rect(0, 158, 320, 42, '#777c82'),
      at(54, 20, trafficLight(0)),
      at(214, 20, trafficLight(2)),
      at(130, 120, car('#e8e8e8'), 0.6),
    ].join(''),
  ),
  stopSign: scene(
    [
      land('#b9d9ec', '#88ad72'),
      road,
      rect(140, 92, 8, 100, '#8f8f8f'),
      polygon(
        '122,20 166,20 196,50 196,86 166,116 122,116 92,86 92,50',
        '#c8102e',
        'stroke="#fff" stroke-width="5"',
      ),
      text(144, 79, 33, '#ffffff', 'STOP'),
      rect(232, 52, 74, 40, '#1d4f91', 'rx="5"'),
      text(259, 78, 15, '#ffffff', 'Nord'),
      polygon('286,64 300,72 286,80', '#ffffff'),
      rect(266, 92, 6, 90, '#8f8f8f'),
    ].join(''),
  ),
  departures: scene(
    [
      rect(0, 0, 320, 200, '#39424e'),
      rect(20, 18, 280, 164, '#11161c', 'rx="8"'),
      ...['08:14  Chur  7', '08:26  Genf  4', '08:31  Basel  9'].map((line, i) =>
        text(36, 66 + 46 * i, 30, ['#ffd23f', '#f2f2f2', '#f2f2f2'][i]!, line, 'start'),
      ),
    ].join(''),
  ),
  cats: scene(
    [
      rect(0, 0, 320, 200, '#e9dfd0'),
      rect(0, 140, 320, 60, '#a47c58'),
      at(40, 54, cat('#d98236', '#a85a18'), 1.4),
      at(190, 54, cat('#8a8f96', '#5c6067'), 1.4),
    ].join(''),
  ),
  field: scene(
    [
      rect(0, 0, 320, 200, '#86a95c'),
      ...Array.from({ length: 9 }, (_, i) => rect(10 + 14 * i, 0, 6, 88, '#739a49')),
      polygon('150,0 320,0 320,70 150,84', '#c9b25e'),
      polygon('0,104 140,100 140,200 0,200', '#5d8c4a'),
      path('M-6,94 C90,90 190,96 326,80', '#b9b6ad', 14),
      path('M150,92 L168,206', '#b9b6ad', 10),
      roofs(190, 112),
      roofs(240, 136),
      roofs(196, 156),
      ...[30, 60, 96, 120].map((x, i) => circle(x, 130 + 14 * (i % 3), 9, '#2f5d2b')),
      rect(66, 88, 16, 8, '#c62828', 'rx="2"'),
      rect(230, 82, 16, 8, '#f0f0f0', 'rx="2"'),
    ].join(''),
  ),
  harbour: scene(
    [
      rect(0, 0, 320, 200, '#2f6d94'),
      polygon('0,0 120,0 96,200 0,200', '#b5ad9c'),
      ...[20, 70, 120].map((y) => rect(90, y, 90, 9, '#d9d2c3')),
      ...[
        [130, 34, '#f3f3f3'],
        [150, 84, '#e3b23c'],
        [128, 134, '#f3f3f3'],
        [236, 60, '#c8473a'],
        [262, 142, '#f3f3f3'],
      ].map(([x, y, paint]) =>
        polygon(
          `${x},${y} ${Number(x) + 34},${y} ${Number(x) + 46},${Number(y) + 7} ${Number(x) + 34},${Number(y) + 14} ${x},${Number(y) + 14}`,
          String(paint),
        ),
      ),
      roofs(14, 22),
      roofs(28, 70),
      roofs(10, 120),
      path('M290,66 C300,64 306,70 318,68', '#8fb9d1', 3),
    ].join(''),
  ),
  gateEmpty: gate(''),
  gateVan: gate(
    at(
      112,
      118,
      rect(0, 0, 96, 46, '#f1f1ee', 'rx="6"') +
        rect(70, 8, 22, 16, '#9fc3d6') +
        [22, 76].map((x) => circle(x, 46, 11, '#222')).join(''),
    ),
  ),
  gateEvening: gate(
    at(150, 126, car('#b3261e'), 0.85) +
      rect(0, 0, 320, 200, '#141d3a', 'fill-opacity="0.55"') +
      circle(243, 106, 7, '#ffd98a'),
  ),
} as const satisfies Readonly<Record<string, string>>;

export type SceneName = keyof typeof SCENES;
