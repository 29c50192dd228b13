namespace Weft.Cli.Train.Report;

/// <summary>How the page looks, beyond what all pages have.</summary>
internal static class PageStyle
{
    public const string Text = PageBase.Text + """
        .figures { display: grid; grid-template-columns: repeat(7, auto); margin-top: 2rem; gap: 1px; background: var(--rule);
          border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; }
        .figures div { background: var(--surface); padding: 0.85rem 0.9rem 0.8rem; min-width: 0; }
        .figures dt, .figures span { display: block; color: var(--quiet); font-size: 0.78rem; line-height: 1.35; }
        .figures b { display: block; font-size: 1.3rem; font-weight: 620; line-height: 1.5;
          font-variant-numeric: tabular-nums; white-space: nowrap; }
        .figures .good span { color: var(--good); }
        .figures .bad span { color: var(--bad); font-weight: 600; }
        @media (max-width: 62rem) {
          .figures { grid-template-columns: repeat(4, 1fr); }
          .figures div:last-child { grid-column: span 2; }
        }
        @media (max-width: 38rem) { .figures { grid-template-columns: repeat(2, 1fr); } }

        .scale { border: 0; display: flex; gap: 0.9rem; float: right; margin-top: -1.75rem; font-size: 0.85rem; color: var(--quiet); }
        .scale legend { float: left; padding: 0; margin-right: 0.9rem; }
        .scale label { display: inline-flex; align-items: center; gap: 0.3rem; cursor: pointer; }
        .scale input { margin: 0; accent-color: var(--accent); }
        section:has(#scale-linear:checked) .x-log, section:has(#scale-log:checked) .x-linear { display: none; }
        .legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; clear: both; margin: 0.7rem 0 0.4rem;
          color: var(--quiet); font-size: 0.85rem; }
        .legend span { display: inline-flex; align-items: center; gap: 0.45rem; }
        .chart { display: block; width: 100%; height: auto; touch-action: pan-y; }
        .chart:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
        .for-narrow { display: none; }
        @media (max-width: 46rem) { .for-wide { display: none; } .for-narrow { display: block; } }
        svg text { font: 12px var(--sans); fill: var(--quiet); font-variant-numeric: tabular-nums; }
        .grid { stroke: var(--grid); }
        .base { stroke: var(--quiet); stroke-opacity: 0.6; }
        .cross { stroke: var(--ink); stroke-opacity: 0.45; stroke-dasharray: 3 3; pointer-events: none; }
        .curve { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .curve.raw { stroke: var(--faint); stroke-width: 1; stroke-opacity: 0.75; }
        .legend .curve.raw { stroke-width: 2; stroke-opacity: 1; }
        .curve.thin { stroke-width: 1.1; }
        .curve.validation { stroke: var(--contrast); stroke-width: 1.4; stroke-dasharray: 5 3; }
        .marks circle { fill: var(--surface); stroke: var(--contrast); stroke-width: 1.8; }
        .multiples { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1.5rem; margin-top: 2rem; }
        .multiples figure { min-width: 0; }
        .multiples figcaption { margin-bottom: 0.3rem; }
        @media (max-width: 46rem) { .multiples { grid-template-columns: 1fr; } }
        #tip { position: fixed; z-index: 1; max-width: 20rem; padding: 0.45rem 0.65rem; border-radius: 6px; background: var(--ink);
          color: var(--ground); font: 0.8rem/1.45 var(--sans); font-variant-numeric: tabular-nums; white-space: pre-wrap;
          pointer-events: none; }
        #tip[hidden] { display: none; }

        .sample { margin-top: 0.9rem; border-left: 3px solid var(--rule); padding-left: 1rem; }
        .sample blockquote { font: 0.88rem/1.6 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
        .sample figcaption { margin-top: 0.35rem; color: var(--quiet); font-size: 0.82rem; }
        .prompt { background: var(--tint); box-shadow: inset 0 -2px 0 var(--accent); color: var(--ink); font-weight: 600; padding: 0.05em 0.1em;
          border-radius: 2px; -webkit-box-decoration-break: clone; box-decoration-break: clone; }

        .wide { overflow-x: auto; }
        .heat { display: block; width: 100%; min-width: 30rem; height: auto; }
        .heat .tokens text { font: 11px var(--mono); fill: var(--ink); }
        .frame { fill: var(--surface); stroke: var(--rule); }
        .cells rect { fill: var(--accent); }
        .heat .cells rect:hover { stroke: var(--contrast); stroke-width: 2; }

        .settings td:last-child { color: var(--quiet); }
        .bars th, .bars td { padding: 0.2rem 0; }
        .bars th { white-space: nowrap; }
        .bars .track { width: 100%; padding: 0 1rem; }
        .bars .track div { position: relative; height: 0.7rem; border-radius: 3px; background: var(--grid); overflow: hidden; }
        .bars .track i { position: absolute; top: 0; bottom: 0; min-width: 3px; max-width: 100%; border-radius: 3px; background: var(--accent); }
        .two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.5rem 3rem; margin-top: 0.8rem; }
        .tree, .tree ul { list-style: none; margin: 0; padding: 0; font-size: 0.9rem; }
        .tree ul { margin-left: 0.3rem; padding-left: 1rem; border-left: 1px solid var(--rule); }
        .tree li { padding: 0.1rem 0; }
        .tree span { color: var(--quiet); }
        .tree code { color: var(--ink); margin-left: 0.35rem; }
        @media (max-width: 46rem) {
          main { padding: 2rem 1rem 1.5rem; }
          section { margin-top: 2.5rem; }
          .scale { float: none; margin: 0.5rem 0 0; }
          .two { grid-template-columns: minmax(0, 1fr); }
          .data th, .data td { padding-right: 0.6rem; }
          .data thead th { white-space: normal; vertical-align: bottom; }
          .settings thead { display: none; }
          .settings tr { display: block; padding: 0.5rem 0; border-bottom: 1px solid var(--rule); }
          .settings th, .settings td { border: 0; padding: 0 0.8rem 0 0; }
          .settings th, .settings td:nth-child(2) { display: inline-block; }
          .settings td:last-child { display: block; font-size: 0.85rem; }
          .bars tr { display: grid; grid-template-columns: 1fr auto; padding: 0.3rem 0; }
          .bars .track { grid-column: 1 / -1; grid-row: 2; padding: 0; }
        }
        @media print {
          main { max-width: none; padding: 0; }
          .scale, #tip { display: none; }
          h2, h3 { break-after: avoid; }
          .figures, .chart, .heat, .sample, tr, li { break-inside: avoid; }
        }

        """;
}
