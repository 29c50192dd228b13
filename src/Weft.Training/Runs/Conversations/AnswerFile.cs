using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>Where the answers of a conversation stand among its ids.</summary>
/// <param name="Row">File and line that it comes from.</param>
/// <param name="Places">First place of an answer and the one after its last, answer by answer.</param>
internal sealed record RowAnswers(string Row, IReadOnlyList<int> Places)
{
    /// <summary>The answers.</summary>
    public IEnumerable<Range> Ranges() => Places.Chunk(2).Select(pair => pair[0]..pair[1]);

    /// <summary>Of answers.</summary>
    public static RowAnswers Of(string row, IEnumerable<Range> answers) => new(row, [.. answers.SelectMany(answer => new[] { answer.Start.Value, answer.End.Value })]);
}

/// <summary>Answers of the documents of a shard.</summary>
internal static class AnswerFile
{
    private static readonly RowFile<RowAnswers> Rows = new(".answers");

    /// <inheritdoc cref="RowFile{T}.Write"/>
    public static void Write(string shard, IEnumerable<RowAnswers> rows) => Rows.Write(shard, rows);

    /// <inheritdoc cref="RowFile{T}.Read"/>
    public static IReadOnlyList<RowAnswers> Read(ITokenSequence shard) => Rows.Read(shard);

    /// <inheritdoc cref="RowFile{T}.Hash"/>
    public static string Hash(string shard) => Rows.Hash(shard);
}
