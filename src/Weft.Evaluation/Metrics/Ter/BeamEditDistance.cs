namespace Weft.Evaluation.Metrics.Ter;

// H words of the hypothesis, R words of the reference.

/// <summary>A step on the way from a hypothesis to its reference.</summary>
internal enum Edit : byte
{
    /// <summary>A cell outside the beam.</summary>
    Unreached,

    /// <summary>The words are equal.</summary>
    Keep,

    /// <summary>One word stands for another.</summary>
    Replace,

    /// <summary>A word of the reference is missing.</summary>
    Insert,

    /// <summary>A word of the hypothesis is too much.</summary>
    Delete,
}

/// <summary>
/// Levenshtein's distance of words, within a beam around the diagonal that a table of the two lengths has. It is meant for many orders of the same
/// words: rows that belong to equal beginnings are not computed again.
/// </summary>
internal sealed class BeamEditDistance
{
    /// <summary>Cells on either side of the diagonal, as in Tercom.</summary>
    private const int BeamWidth = 25;

    private const int Infinity = int.MaxValue / 2;

    private readonly int[] _reference;
    private readonly int _height, _width, _beam;
    private readonly double _ratio;

    /// <summary>[H + 1, R + 1], row by row.</summary>
    private readonly int[] _costs;

    private readonly Edit[] _edits;

    /// <summary>The words whose rows the table holds.</summary>
    private readonly int[] _computed;

    private int _rows;

    /// <summary>Makes the table.</summary>
    /// <param name="words">H: how many words every hypothesis has.</param>
    /// <param name="reference">[R] numbers of words.</param>
    public BeamEditDistance(int words, int[] reference)
    {
        _reference = reference;
        (_height, _width) = (words, reference.Length + 1);
        _ratio = words > 0 ? (double)reference.Length / words : 1;
        // Where a row is that much longer than the one above, beams of the usual width would not touch.
        _beam = _ratio / 2 > BeamWidth ? (int)Math.Ceiling(_ratio / 2 + BeamWidth) : BeamWidth;
        _computed = new int[words];
        _costs = new int[(words + 1) * _width];
        _edits = new Edit[_costs.Length];
        Array.Fill(_costs, Infinity);
        for (int column = 0; column < _width; column++)
            (_costs[column], _edits[column]) = (column, Edit.Insert);
    }

    /// <summary>The distance to the reference.</summary>
    /// <param name="hypothesis">[H] numbers of words.</param>
    public int Compute(ReadOnlySpan<int> hypothesis)
    {
        int equal = hypothesis[.._rows].CommonPrefixLength(_computed);
        for (int row = equal + 1; row <= _height; row++)
            ComputeRow(row, hypothesis[row - 1]);
        hypothesis.CopyTo(_computed);
        _rows = _height;
        return _costs[^1];
    }

    /// <summary>The steps of the hypothesis that was computed last, from its end to its beginning.</summary>
    public IEnumerable<Edit> Backwards()
    {
        for (int row = _height, column = _width - 1; row > 0 || column > 0;)
        {
            Edit edit = _edits[row * _width + column];
            yield return edit;
            row -= edit == Edit.Insert ? 0 : 1;
            column -= edit == Edit.Delete ? 0 : 1;
        }
    }

    private void ComputeRow(int row, int word)
    {
        int diagonal = (int)Math.Floor(row * _ratio), first = Math.Max(0, diagonal - _beam);
        int end = row == _height ? _width : Math.Min(_width, diagonal + _beam);
        Span<int> costs = _costs.AsSpan(row * _width, _width), above = _costs.AsSpan((row - 1) * _width, _width);
        Span<Edit> edits = _edits.AsSpan(row * _width, _width);
        for (int column = first; column < end; column++)
        {
            (int Cost, Edit Edit) best = (Infinity, Edit.Unreached);
            // The first of equals wins. The alignment is read with both sides swapped, so that Tercom's preference of insertions is one of deletions.
            if (column > 0)
                best = word == _reference[column - 1] ? (above[column - 1], Edit.Keep) : (above[column - 1] + 1, Edit.Replace);
            if (above[column] + 1 < best.Cost)
                best = (above[column] + 1, Edit.Delete);
            if (column > 0 && costs[column - 1] + 1 < best.Cost)
                best = (costs[column - 1] + 1, Edit.Insert);
            (costs[column], edits[column]) = best.Cost < Infinity ? best : (Infinity, Edit.Unreached);
        }
    }
}
