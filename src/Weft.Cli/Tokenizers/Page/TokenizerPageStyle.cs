namespace Weft.Cli.Tokenizers.Page;

/// <summary>How the page looks, beyond what all pages have.</summary>
internal static class TokenizerPageStyle
{
    // Six tints in an order in which neighbours differ in hue; each keeps the ink at a contrast of more than 7 to 1.
    public const string Text = PageBase.Text + """
        :root { --t0: #cfe6f3; --t1: #fbe0b8; --t2: #d5ecd0; --t3: #f7d3d6; --t4: #e2d9f3; --t5: #e9e7b4; }
        @media (prefers-color-scheme: dark) {
          :root { --t0: #1f4a60; --t1: #5c4113; --t2: #26502c; --t3: #602c33; --t4: #443567; --t5: #4b4a16; }
        }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1px; margin-top: 2rem; background: var(--surface);
          border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; }
        .facts div { box-shadow: 0 0 0 1px var(--rule); padding: 0.75rem 0.9rem; min-width: 0; }
        .facts dt { color: var(--quiet); font-size: 0.78rem; }
        .facts dd { font-size: 0.92rem; font-weight: 600; overflow-wrap: anywhere; }
        .compression .track { width: 38%; padding-left: 1.2rem; }
        .compression .track i { display: block; height: 0.7rem; margin-top: 0.4rem; border-radius: 3px; background: var(--accent); }
        .note { text-wrap: pretty; }
        article { margin-top: 1.4rem; }
        article h3 small { color: var(--quiet); font-weight: 400; margin-left: 0.4rem; }
        .tokens { margin-top: 0.35rem; padding: 0.8rem 1rem; background: var(--surface); border: 1px solid var(--rule); border-radius: 8px;
          font-size: 1.02rem; line-height: 2; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 28rem; overflow-y: auto; }
        .tokens:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .t { padding: 0.16em 0; border-radius: 3px; box-shadow: inset 1px 0 0 var(--surface), inset -1px 0 0 var(--surface);
          -webkit-box-decoration-break: clone; box-decoration-break: clone; }
        .c0 { background: var(--t0); } .c1 { background: var(--t1); } .c2 { background: var(--t2); }
        .c3 { background: var(--t3); } .c4 { background: var(--t4); } .c5 { background: var(--t5); }
        .several { text-decoration: underline dotted; text-underline-offset: 0.25em; }
        .gap { color: var(--quiet); }
        .t:hover, .t.here { outline: 2px solid var(--contrast); outline-offset: 0; }
        #tip { position: fixed; z-index: 1; max-width: 32rem; padding: 0.45rem 0.65rem; border-radius: 6px; background: var(--ink);
          color: var(--ground); font: 0.82rem/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; pointer-events: none; }
        #tip[hidden] { display: none; }
        @media (max-width: 46rem) {
          main { padding: 2rem 1rem 1.5rem; }
          section { margin-top: 2.5rem; }
          .data th, .data td { padding-right: 0.6rem; }
          .data thead th { white-space: normal; vertical-align: bottom; }
          .compression .track, .compression th[aria-hidden] { display: none; }
        }
        @media print {
          :root { --t0: #cfe6f3; --t1: #fbe0b8; --t2: #d5ecd0; --t3: #f7d3d6; --t4: #e2d9f3; --t5: #e9e7b4; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          main { max-width: none; padding: 0; }
          .tokens { max-height: none; }
          #tip { display: none; }
        }

        """;
}
