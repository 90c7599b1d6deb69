"""Draws CPU time a message as bars, in SVG that stands alone: no script, no font of its own, light and dark."""
from html import escape

WIDTH, LEFT, ROW, TOP = 760, 190, 26, 44
STAGES = (('ingest', '#4e79a7'), ('parse', '#f28e2b'), ('classify', '#59a14f'), ('load', '#b07aa1'), ('act', '#e15759'))
STYLE = ('text{font:13px system-ui,sans-serif;fill:#222}.dim{fill:#777}.bar{fill:#8a8f98}.line{stroke:#999;stroke-dasharray:3 3}'
         '@media (prefers-color-scheme:dark){text{fill:#ddd}.dim{fill:#999}}')


def cost(row):
    return row['cpu'] * 1e6 / row['messages']


def chart(figures):
    """Figures of one box: by name, CPU seconds and messages."""
    rows = [('the five stages', None)] + [(name, row) for name, row in figures.items()
                                          if name not in dict(STAGES) and 'again' not in name]
    total = sum(cost(figures[stage]) for stage, _ in STAGES)
    # Bars that would leave the picture are cut, and say so: what takes ten times as long shall not hide the rest.
    limit = 4 * max(total, cost(figures['gzip -1']))
    shown = min(limit, max([total] + [cost(row) for _, row in rows[1:]]))
    scale = (WIDTH - LEFT - 90) / shown
    height = TOP + ROW * len(rows) + 30
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
           f'<style>{STYLE}</style>', f'<text x="0" y="16">CPU time a message, µs</text>']
    x = LEFT
    for stage, colour in STAGES:
        out.append(f'<rect x="{x}" y="24" width="10" height="10" fill="{colour}"/><text x="{x + 14}" y="33">{stage}</text>')
        x += 22 + 8 * len(stage) + 8
    gzip = LEFT + cost(figures['gzip -1']) * scale
    for number, (name, row) in enumerate(rows):
        y = TOP + number * ROW
        out.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>')
        if row is None:
            x = LEFT
            for stage, colour in STAGES:
                width = cost(figures[stage]) * scale
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="18" fill="{colour}"/>')
                x += width
            value = total
        else:
            value = cost(row)
            x = LEFT + min(value, shown) * scale
            out.append(f'<rect class="bar" x="{LEFT}" y="{y}" width="{x - LEFT:.1f}" height="18"/>')
        cut = ' →' if value > shown else ''
        out.append(f'<text x="{x + 6:.1f}" y="{y + 14}">{value:.1f}{cut}</text>')
    out.append(f'<line class="line" x1="{gzip:.1f}" x2="{gzip:.1f}" y1="{TOP - 4}" y2="{height - 26}"/>')
    out.append(f'<text class="dim" x="{gzip + 4:.1f}" y="{height - 8}">gzip -1</text></svg>')
    return '\n'.join(out) + '\n'
