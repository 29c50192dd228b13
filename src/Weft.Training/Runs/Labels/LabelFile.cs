using Weft.Data;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>What is to be said of one document of a shard.</summary>
/// <param name="Row">File and line that it comes from.</param>
internal sealed record RowLabels(string Row)
{
    /// <summary>Indices of its labels, ascending; of words, that of each; of a number none.</summary>
    public IReadOnlyList<int> Labels { get; init; } = [];

    /// <summary>The number, of a regression.</summary>
    public double? Value { get; init; }

    /// <summary>Which tokens answer its question.</summary>
    public SpanTarget? Span { get; init; }

    /// <summary>Of words, the first token of each, [labels].</summary>
    public IReadOnlyList<int>? Places { get; init; }

    /// <summary>Tokens before the second segment; null where all are of the first.</summary>
    public int? Second { get; init; }
}

/// <summary>Labels of the documents of a shard.</summary>
internal static class LabelFile
{
    private static readonly RowFile<RowLabels> Rows = new(".labels");

    /// <inheritdoc cref="RowFile{T}.Beside"/>
    public static string Beside(string shard) => Rows.Beside(shard);

    /// <inheritdoc cref="RowFile{T}.Write"/>
    public static void Write(string shard, IEnumerable<RowLabels> rows) => Rows.Write(shard, rows);

    /// <inheritdoc cref="RowFile{T}.Read"/>
    public static IReadOnlyList<RowLabels> Read(ITokenSequence shard) => Rows.Read(shard);

    /// <inheritdoc cref="RowFile{T}.Hash"/>
    public static string Hash(string shard) => Rows.Hash(shard);
}
