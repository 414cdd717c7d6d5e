import type { Comparison } from './compare.ts';
import { type Contender, contenders } from './contenders.ts';
import { spreadOf } from './figures.ts';

const charts: readonly (readonly [name: string, title: string, value: (one: Comparison) => number])[] = [
  ['cold', 'Cold invocation: init and first answer, ms', ({ coldMs }) => spreadOf(coldMs).median],
  ['warm', 'Warm invocation, ms', ({ warmMs }) => spreadOf(warmMs).median],
  ['zip', 'Zip file, KB', ({ zipBytes }) => zipBytes / 1_000],
];

const WIDTH = 720;
const LABEL = 300;
const ROW = 26;
const TOP = 34;

/** Renders bar charts of a comparison as SVG, by name. Shorter is better. They suit a light and a dark page. */
export function renderCharts(comparisons: readonly Comparison[]): Map<string, string> {
  return new Map(
    charts.map(([name, title, value]) => [
      name,
      chart(
        title,
        comparisons.map((one) => [one.contender, value(one)]),
      ),
    ]),
  );
}

function chart(title: string, values: readonly (readonly [Contender, number])[]): string {
  const most = Math.max(...values.map(([, value]) => value));
  const rows = values
    .map(([contender, value], index) => {
      const y = TOP + index * ROW;
      const width = Math.max(1, (value / most) * (WIDTH - LABEL - 80));
      const fill = contender === 'ours' ? '#1f883d' : '#8c959f';
      const shown = value.toLocaleString('en', { maximumFractionDigits: value >= 100 ? 0 : 1 });
      return [
        `<text x="${LABEL - 10}" y="${y + 14}" text-anchor="end">${contenders[contender]}</text>`,
        `<rect x="${LABEL}" y="${y + 2}" width="${width.toFixed(1)}" height="16" rx="2" fill="${fill}"/>`,
        `<text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 14}">${shown}</text>`,
      ].join('\n');
    })
    .join('\n');
  const height = TOP + values.length * ROW + 6;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
<style>text { font: 12px system-ui, sans-serif; fill: #57606a } .title { font-weight: 600; font-size: 14px } @media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } }</style>
<text class="title" x="10" y="18">${title}</text>
${rows}
</svg>
`;
}
