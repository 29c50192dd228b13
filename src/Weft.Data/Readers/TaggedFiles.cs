using System.Globalization;
using System.Text.Json;

namespace Weft.Data;

/// <summary>A sentence whose words have tags.</summary>
/// <param name="Words">The words.</param>
/// <param name="Tags">One for each.</param>
/// <param name="Source">File and line of its beginning, for messages.</param>
public sealed record TaggedSentence(IReadOnlyList<string> Words, IReadOnlyList<string> Tags, string Source);

/// <summary>
/// Reads tagged sentences, plain or gzip-compressed: columns as in the files of CoNLL, with a word a line and an empty line between sentences, or JSON lines or Parquet with
/// a list of words and one of tags.
/// </summary>
public static class TaggedFiles
{
    private const string Document = "-DOCSTART-";
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>Reads columns; what stands between them is blanks or tabs.</summary>
    /// <param name="files">Paths, as <see cref="TextFiles.Expand"/> gives them.</param>
    /// <param name="word">Column of the words, from 1.</param>
    /// <param name="tag">Column of the tags, from 1; null for the last one.</param>
    /// <param name="ct">Checked at each sentence.</param>
    /// <exception cref="InvalidDataException">A line has too few columns; the message names file and line.</exception>
    public static IEnumerable<TaggedSentence> ReadColumns(IEnumerable<string> files, int word, int? tag, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfLessThan(word, 1);
        return files.SelectMany(file => ReadFile(file, word, tag, ct));
    }

    /// <summary>Reads lists.</summary>
    /// <param name="files">Paths, as <see cref="TextFiles.Expand"/> gives them.</param>
    /// <param name="words">Key of the words.</param>
    /// <param name="tags">Key of the tags, which may be texts or numbers.</param>
    /// <param name="ct">Checked at each line.</param>
    /// <exception cref="InvalidDataException">A key is missing, no list, or there are not as many tags as words; the message names file and line.</exception>
    public static IEnumerable<TaggedSentence> ReadLists(IEnumerable<string> files, string words, string tags, CancellationToken ct = default)
    {
        foreach (TableRow row in TableFiles.Read(files, [words, tags], TableFormat.JsonLines, (_, value) => value.ValueKind == JsonValueKind.Array ? value.GetRawText() : null, ct))
        {
            string[] first = List(row, 0, words), second = List(row, 1, tags);
            yield return first.Length == second.Length ? new(first, second, row.Source)
                : throw new InvalidDataException(FormattableString.Invariant($"{row.Source}: has {first.Length} '{words}' and {second.Length} '{tags}'; give one tag for each word"));
        }
    }

    private static IEnumerable<TaggedSentence> ReadFile(string file, int word, int? tag, CancellationToken ct)
    {
        List<string> words = [], tags = [];
        long start = 0, line = 0;
        foreach (string text in TableFiles.Lines(file).Append(""))
        {
            line++;
            if (!string.IsNullOrWhiteSpace(text))
            {
                start = words.Count == 0 ? line : start;
                string[] columns = text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
                int least = Math.Max(word, tag ?? word + 1);
                if (columns.Length < least)
                    throw TableFiles.Bad(file, line, FormattableString.Invariant($"has {columns.Length} column{(columns.Length == 1 ? "" : "s")}, but {least} are asked for; write a word and its tag on each line, and an empty line between sentences"));
                if (columns[0] == Document)
                    continue;
                words.Add(columns[word - 1]);
                tags.Add(tag is { } number ? columns[number - 1] : columns[^1]);
                continue;
            }
            ct.ThrowIfCancellationRequested();
            if (words.Count > 0)
                yield return new([.. words], [.. tags], string.Create(CultureInfo.InvariantCulture, $"{file}#{start}"));
            words.Clear();
            tags.Clear();
        }
    }

    private static string[] List(TableRow row, int column, string key)
    {
        try
        {
            using JsonDocument list = JsonDocument.Parse(row.Values[column]);
            if (list.RootElement.ValueKind == JsonValueKind.Array && list.RootElement.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number))
                return [.. list.RootElement.EnumerateArray().Select(item => item.ToString())];
        }
        catch (JsonException)
        {
            // A text, which is no list.
        }
        throw new InvalidDataException($"{row.Source}: has no list of texts at '{key}'; write one there, such as [\"Ada\", \"wrote\"]");
    }
}
