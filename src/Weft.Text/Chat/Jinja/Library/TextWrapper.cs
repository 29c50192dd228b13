using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Breaks one line into several of a given width between words, as Python's <c>textwrap</c> does.</summary>
internal sealed class TextWrapper(Budget budget, int width, bool breaksLongWords, bool breaksOnHyphens)
{
    /// <summary>The lines; none for a blank line.</summary>
    public IEnumerable<string> Wrap(string line)
    {
        if (width <= 0)
            throw new TemplateFault($"invalid width {width} (must be > 0)");
        var chunks = new Stack<string>(Chunks(line).Reverse());
        var lines = new List<string>();
        while (chunks.Count > 0)
        {
            // Blanks begin no line but the first.
            if (lines.Count > 0 && IsBlank(chunks.Peek()))
                chunks.Pop();
            List<string> taken = TakeLine(chunks);
            if (taken.Count > 0 && IsBlank(taken[^1]))
                taken.RemoveAt(taken.Count - 1);
            if (taken.Count > 0)
                lines.Add(string.Concat(taken));
        }
        return lines;
    }

    private List<string> TakeLine(Stack<string> chunks)
    {
        var taken = new List<string>();
        int length = 0;
        budget.Spend();
        while (chunks.TryPeek(out string? next) && length + CodePoints.Count(next) <= width)
        {
            length += CodePoints.Count(next);
            taken.Add(chunks.Pop());
        }
        if (chunks.TryPeek(out string? word) && CodePoints.Count(word) > width)
            TakeLongWord(chunks, taken, width - length);
        return taken;
    }

    private void TakeLongWord(Stack<string> chunks, List<string> taken, int room)
    {
        if (!breaksLongWords)
        {
            if (taken.Count == 0)
                taken.Add(chunks.Pop());
            return;
        }
        string word = chunks.Pop();
        budget.SpendText(word.Length);
        int cut = Math.Max(room, width < 1 ? 1 : room);
        if (breaksOnHyphens && cut > 0 && CodePoints.Count(word) > cut)
        {
            int hyphen = word[..CodePoints.Unit(word, cut)].LastIndexOf('-');
            if (hyphen > 0 && word.AsSpan(0, hyphen).IndexOfAnyExcept('-') >= 0)
                cut = CodePoints.At(word, hyphen) + 1;
        }
        int unit = CodePoints.Unit(word, cut);
        taken.Add(word[..unit]);
        chunks.Push(word[unit..]);
    }

    private static bool IsBlank(string chunk) => chunk.All(CodePoints.IsSpace);

    /// <summary>White space and words in turn; a word is cut after its hyphens.</summary>
    private IEnumerable<string> Chunks(string line)
    {
        for (int start = 0; start < line.Length;)
        {
            bool isBlank = IsAsciiSpace(line[start]);
            int end = start + 1;
            while (end < line.Length && IsAsciiSpace(line[end]) == isBlank)
                end++;
            if (isBlank || !breaksOnHyphens)
                yield return line[start..end];
            else
                foreach (string part in HyphenParts(line[start..end]))
                    yield return part;
            start = end;
        }
    }

    private static bool IsAsciiSpace(char c) => c is ' ' or >= '\t' and <= '\r';

    private static IEnumerable<string> HyphenParts(string word)
    {
        int start = 0;
        for (int i = 0; i < word.Length; i++)
        {
            if (word[i] != '-')
                continue;
            int run = i;
            while (run < word.Length && word[run] == '-')
                run++;
            // A dash of two or more between words stands alone; one hyphen ends its part where letters are around it.
            if (run - i >= 2 && i > start && run < word.Length && IsWord(word[run]) && IsDashEdge(word[i - 1]))
            {
                yield return word[start..i];
                yield return word[i..run];
                start = run;
            }
            else if (run - i == 1 && i - start >= 2 && IsLetter(word[i - 1]) && IsLetter(word[i - 2])
                && i + 2 < word.Length && IsLetter(word[i + 1]) && (IsLetter(word[i + 2]) || word[i + 2] == '-'))
            {
                yield return word[start..(i + 1)];
                start = i + 1;
            }
            i = run - 1;
        }
        if (start < word.Length)
            yield return word[start..];
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    private static bool IsLetter(char c) => IsWord(c) && !char.IsDigit(c);

    private static bool IsDashEdge(char c) => IsWord(c) || c is '!' or '"' or '\'' or '&' or '.' or ',' or '?';
}
