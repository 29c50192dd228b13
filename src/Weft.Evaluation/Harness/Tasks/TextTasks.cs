using System.Text.RegularExpressions;
using Weft.Data;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>Tasks of running text: the last word of a passage, and whole articles. As in lm-evaluation-harness 0.4.13.</summary>
internal static partial class TextTasks
{
    public static IReadOnlyList<EvaluationTask> All { get; } =
    [
        new("lambada_openai", DataFiles.Named("lambada_openai", "test"), Lambada, Metric.Perplexity, Metric.Greedy),
        new("wikitext", ["wikitext.test.jsonl", "wiki.test.raw", "wiki.valid.raw"], WikiText, Metric.WordPerplexity, Metric.BytePerplexity, Metric.BitsPerByte)
        {
            Version = "2.0",
            Read = path => path.Contains(".jsonl", StringComparison.Ordinal) || ParquetRows.Is(path) ? RowFile.JsonLines(path) : RowFile.WikiTextPages(path),
        },
    ];

    private static Question.Continuation Lambada(Row row)
    {
        if (row.Has("context"))
            return new(row.Text("context"), row.Text("continuation"));
        string text = row.Text("text");
        int space = text.LastIndexOf(' ');
        return space > 0 ? new(text[..space], text[(space + 1)..]) : throw row.Refuse("its text has one word only; the last word of a passage is asked for");
    }

    private static Question.WholeText WikiText(Row row) => new(Detokenize(row.Text("page")), row.Text("page"));

    /// <summary>The text before WikiText's tokenizer took it apart, as far as lm-evaluation-harness undoes that; its quirks are kept.</summary>
    internal static string Detokenize(string text)
    {
        text = text.Replace("s '", "s'", StringComparison.Ordinal);
        text = SlashedQuote().Replace(text, "/'[0-9]/");
        (string, string)[] before = [(" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."), (" : ", ": "), (" ; ", "; "), (" . ", ". "), (" ! ", "! "), (" ? ", "? "), (" , ", ", ")];
        text = ReplaceAll(text, before);
        text = Round().Replace(text, "($1)");
        text = Square().Replace(text, "[$1]");
        text = Curly().Replace(text, "{$1}");
        text = DoubleQuoted().Replace(text, "\"$1\"");
        text = SingleQuoted().Replace(text, "'$1'");
        return ReplaceAll(text, [("= = = =", "===="), ("= = =", "==="), ("= =", "=="), (" ° ", "°"), (" \n", "\n"), ("\n ", "\n"), (" N ", " 1 "), (" 's", "'s")]);
    }

    private static string ReplaceAll(string text, (string From, string To)[] pairs) =>
        pairs.Aggregate(text, (current, pair) => current.Replace(pair.From, pair.To, StringComparison.Ordinal));

    [GeneratedRegex("/' [0-9]/")]
    private static partial Regex SlashedQuote();

    [GeneratedRegex(@"\(\s*([^\)]*?)\s*\)")]
    private static partial Regex Round();

    [GeneratedRegex(@"\[\s*([^\]]*?)\s*\]")]
    private static partial Regex Square();

    [GeneratedRegex(@"\{\s*([^}]*?)\s*\}")]
    private static partial Regex Curly();

    [GeneratedRegex("\"\\s*([^\"]*?)\\s*\"")]
    private static partial Regex DoubleQuoted();

    [GeneratedRegex(@"'\s*([^']*?)\s*'")]
    private static partial Regex SingleQuoted();
}
