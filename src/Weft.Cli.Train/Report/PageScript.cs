namespace Weft.Cli.Train.Report;

/// <summary>Shows values under the pointer; the page is whole without it.</summary>
internal static class PageScript
{
    public const string Text = """
        (() => {
          const run = JSON.parse(document.getElementById('run').textContent).steps;
          const tip = document.getElementById('tip');
          const number = value => Math.abs(value) < 0.0001 && value !== 0 ? value.toExponential(2)
            : value.toLocaleString('en', { maximumSignificantDigits: 5 });

          const show = (text, x, y) => {
            tip.textContent = text;
            tip.hidden = false;
            const right = x + 16 + tip.offsetWidth > document.documentElement.clientWidth;
            tip.style.left = Math.max(4, right ? x - 16 - tip.offsetWidth : x + 16) + 'px';
            tip.style.top = Math.max(4, y - tip.offsetHeight - 12) + 'px';
          };
          const hide = () => { tip.hidden = true; };

          const nearest = step => {
            let low = 0, high = run.step.length - 1;
            while (low < high) {
              const middle = (low + high) >> 1;
              if (run.step[middle] < step) low = middle + 1; else high = middle;
            }
            return low > 0 && step - run.step[low - 1] < run.step[low] - step ? low - 1 : low;
          };

          // A step without a validation shows the one before it.
          const line = (key, name, i) => {
            let at = i;
            while (at >= 0 && run[key][at] === null) at--;
            if (at < 0) return null;
            return name.toLowerCase() + '  ' + number(run[key][at]) + (at === i ? '' : ' (step ' + number(run.step[at]) + ')');
          };

          for (const chart of document.querySelectorAll('svg.chart')) {
            const d = Object.fromEntries(['left', 'right', 'top', 'bottom', 'min', 'max'].map(k => [k, Number(chart.dataset[k])]));
            const log = chart.dataset.log === '1';
            const keys = chart.dataset.keys.split(','), names = chart.dataset.names.split('|');
            const cross = chart.querySelector('.cross');
            let index = run.step.length - 1;

            const mark = i => {
              index = Math.min(Math.max(i, 0), run.step.length - 1);
              const part = log ? Math.log(run.step[index] / d.min) / Math.log(d.max / d.min) : (run.step[index] - d.min) / (d.max - d.min);
              const x = d.left + part * (d.right - d.left);
              for (const [name, value] of [['x1', x], ['x2', x], ['y1', d.top], ['y2', d.bottom], ['visibility', 'visible']])
                cross.setAttribute(name, value);
              const at = new DOMPoint(x, d.top + 40).matrixTransform(chart.getScreenCTM());
              const lines = keys.map((key, k) => line(key, names[k], index)).filter(text => text !== null);
              show(['step ' + run.step[index].toLocaleString('en'), ...lines].join('\n'), at.x, at.y);
            };
            const leave = () => { cross.setAttribute('visibility', 'hidden'); hide(); };

            chart.querySelector('title').remove();
            chart.setAttribute('aria-label', chart.dataset.title);
            chart.removeAttribute('aria-labelledby');
            chart.addEventListener('pointermove', e => {
              const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(chart.getScreenCTM().inverse());
              const part = Math.min(Math.max((p.x - d.left) / (d.right - d.left), 0), 1);
              mark(nearest(log ? d.min * Math.pow(d.max / d.min, part) : d.min + part * (d.max - d.min)));
            });
            chart.addEventListener('pointerleave', leave);
            chart.addEventListener('blur', leave);
            chart.addEventListener('keydown', e => {
              const stride = Math.max(1, Math.round(run.step.length / 100));
              if (e.key === 'ArrowLeft') mark(index - stride);
              else if (e.key === 'ArrowRight') mark(index + stride);
              else if (e.key === 'Escape') leave();
              else return;
              e.preventDefault();
            });
          }

          for (const heat of document.querySelectorAll('svg.heat')) {
            heat.querySelector('title').remove();
            for (const cell of heat.querySelectorAll('.cells rect')) {
              cell.dataset.tip = cell.textContent;
              cell.textContent = '';
            }
            heat.addEventListener('pointermove', e => e.target.dataset.tip ? show(e.target.dataset.tip, e.clientX, e.clientY) : hide());
            heat.addEventListener('pointerleave', hide);
          }
          addEventListener('scroll', hide, { passive: true });
        })();

        """;
}
