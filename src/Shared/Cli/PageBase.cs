namespace Weft.Cli;

/// <summary>How every page looks that a tool writes: colours, letters, tables.</summary>
internal static class PageBase
{
    // Every colour is a variable, set once for light, once for dark and once for paper; text colours have a contrast of at least 4.5 to 1.
    public const string Text = """
        :root {
          color-scheme: light dark;
          --ground: #fbfaf8; --surface: #ffffff; --ink: #1d2329; --quiet: #5a636d; --rule: #e2e0db; --grid: #ecebe7;
          --accent: #1b6688; --faint: #7fb0c5; --contrast: #b3500f; --tint: #e6f0f4; --good: #2a6e3a; --bad: #b3261e;
          --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          --mono: ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #14181b; --surface: #1b2024; --ink: #e4e7e9; --quiet: #a0a9b1; --rule: #31383e; --grid: #272d32;
            --accent: #74bddd; --faint: #3b6578; --contrast: #f0a35c; --tint: #21353f; --good: #83c893; --bad: #f29089;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 var(--sans); }
        main { max-width: 66rem; margin: 0 auto; padding: 3.5rem 1.5rem 2rem; }
        h1, h2, h3, p, dl, dd, figure, blockquote, fieldset { margin: 0; padding: 0; }
        h1 { font-size: clamp(1.6rem, 4.5vw, 2.3rem); line-height: 1.2; font-weight: 650; letter-spacing: -0.015em;
          text-wrap: balance; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; font-weight: 650; letter-spacing: -0.005em; }
        h3, .multiples figcaption { font-size: 0.95rem; font-weight: 600; }
        section { margin-top: 3.25rem; }
        code { font-family: var(--mono); font-size: 0.9em; overflow-wrap: anywhere; }
        abbr { text-decoration: none; }
        .kicker { color: var(--accent); font-size: 0.8rem; font-weight: 600; letter-spacing: 0.08em;
          text-transform: uppercase; margin-bottom: 0.4rem; }
        .date, .note, .empty, footer { color: var(--quiet); font-size: 0.9rem; }
        .date { margin-top: 0.35rem; }
        .note { margin: 0.2rem 0 0.9rem; }
        .lead { margin-top: 1.1rem; max-width: 46rem; font-size: 1.08rem; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); }

        table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
        th { font-weight: 400; text-align: left; }
        .n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .data th, .data td { padding: 0.45rem 1.2rem 0.45rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
        .data th:last-child, .data td:last-child { padding-right: 0; }
        .data thead th { color: var(--quiet); font-size: 0.8rem; white-space: nowrap; }
        .data tbody th[scope=row] { white-space: nowrap; }
        @media print {
          :root {
            --ground: #fff; --surface: #fff; --ink: #000; --quiet: #444; --rule: #ccc; --grid: #e8e8e8;
            --accent: #1b6688; --faint: #7fb0c5; --contrast: #b3500f; --tint: #e6f0f4; --good: #2a6e3a; --bad: #b3261e;
          }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          body { font-size: 10pt; }
        }

        """;
}
