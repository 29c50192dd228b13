using System.Text;

namespace Weft.Tasks;

/// <summary>A text as it is written, up to the first of some texts that end it. What may be the beginning of such a text is held back.</summary>
/// <param name="ends">The texts that end it.</param>
internal sealed class StopText(IReadOnlyList<string> ends)
{
    private readonly StringBuilder _held = new();

    /// <summary>One of them was written; nothing follows.</summary>
    public bool IsFound { get; private set; }

    /// <exception cref="ArgumentException">One of them is empty, so that it would end every text.</exception>
    public static void Check(IEnumerable<string> ends)
    {
        if (ends.Any(string.IsNullOrEmpty))
            throw new ArgumentException("a stop sequence is empty, which would end every text before it begins; leave it out", nameof(ends));
    }

    /// <summary>Adds a piece and gives what is certain to stand before any end.</summary>
    public string Append(string piece)
    {
        if (IsFound || ends.Count == 0)
            return IsFound ? "" : piece;
        string text = _held.Append(piece).ToString();
        int first = ends.Select(end => text.IndexOf(end, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        IsFound = first >= 0;
        int certain = IsFound ? first : text.Length - ends.Max(end => HeldBack(text, end));
        _held.Clear();
        if (!IsFound)
            _held.Append(text, certain, text.Length - certain);
        return text[..certain];
    }

    /// <summary>What was held back, since no more comes.</summary>
    public string Flush()
    {
        string rest = _held.ToString();
        _held.Clear();
        return rest;
    }

    /// <summary>Length of the longest end of the text that an end may begin with.</summary>
    public static int HeldBack(string text, string end)
    {
        int length = Math.Min(text.Length, end.Length - 1);
        while (length > 0 && !text.AsSpan(text.Length - length).SequenceEqual(end.AsSpan(0, length)))
            length--;
        return length;
    }
}
