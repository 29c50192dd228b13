namespace Weft.Cli.Tokenizers.Page;

/// <summary>Shows a token under the pointer, or the one that the arrow keys reach.</summary>
internal static class TokenizerPageScript
{
    public const string Text = """
        (() => {
          const tip = document.getElementById('tip');
          let here = null;

          const leave = () => {
            if (here) here.classList.remove('here');
            here = null;
            tip.hidden = true;
          };

          const show = piece => {
            if (here) here.classList.remove('here');
            here = piece;
            here.classList.add('here');
            tip.textContent = piece.dataset.tip;
            tip.hidden = false;
            const box = piece.getClientRects()[0];
            tip.style.left = Math.max(4, Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 4)) + 'px';
            tip.style.top = (box.top - tip.offsetHeight - 6 > 4 ? box.top - tip.offsetHeight - 6 : box.bottom + 6) + 'px';
          };

          for (const text of document.querySelectorAll('.tokens')) {
            const pieces = [...text.querySelectorAll('.t')];
            text.addEventListener('pointerover', e => e.target.dataset.tip ? show(e.target) : leave());
            text.addEventListener('pointerleave', leave);
            text.addEventListener('blur', leave);
            text.addEventListener('keydown', e => {
              const at = pieces.indexOf(here);
              const next = e.key === 'ArrowRight' || e.key === 'ArrowDown' ? Math.min(at + 1, pieces.length - 1)
                : e.key === 'ArrowLeft' || e.key === 'ArrowUp' ? Math.max(at - 1, 0) : -1;
              if (e.key === 'Escape') leave();
              if (next < 0 || pieces.length === 0) return;
              e.preventDefault();
              pieces[next].scrollIntoView({ block: 'nearest' });
              show(pieces[next]);
            });
          }
          addEventListener('scroll', () => { if (!document.activeElement?.classList.contains('tokens')) leave(); }, { passive: true });
        })();

        """;
}
