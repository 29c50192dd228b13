using System.Globalization;
using System.Text;

namespace Weft.Data;

/// <summary>
/// Takes a file apart into passages of 60 to 150 words, or of 120 to 300 characters of Chinese: sentences are gathered until a paragraph ends and there are enough, or until the next
/// would be too many. What no mark ends, such as headings, lists and verses, is left out. A paragraph ends at an empty line; lines within are joined.
/// </summary>
internal sealed class PassageReader
{
    /// <summary>Of a passage, in half words, as <see cref="HanText.Size"/> counts.</summary>
    private const int Least = 120, Most = 300;

    /// <summary>A paragraph of so many characters ends with a line that ends a sentence, one of more with any line.</summary>
    private const int LongParagraph = 2_000, LongestParagraph = 20_000;

    /// <summary>Passages that are one article where no heading says what is.</summary>
    private const int PassagesOfPart = 5;

    private readonly string _file;
    private readonly StringBuilder _paragraph = new(), _text = new();
    private readonly List<TextSpan> _sentences = [];
    private string? _title;
    private int _size, _passages;

    private PassageReader(string file) => _file = file;

    /// <summary>The passages of a file.</summary>
    /// <exception cref="InvalidDataException">The file is not text.</exception>
    public static IEnumerable<Passage> Read(string file)
    {
        var reader = new PassageReader(file);
        foreach (string line in TextSections.Lines(TextDecoder.Decode(file)))
            foreach (Passage passage in reader.Add(line))
                yield return passage;
        foreach (Passage passage in reader.EndParagraph())
            yield return passage;
        if (reader.Take() is { } last)
            yield return last;
    }

    private IEnumerable<Passage> Add(string line)
    {
        (int level, string title) = WikiText.Heading(line);
        if (level == 0 && !string.IsNullOrWhiteSpace(line))
        {
            Append(WikiText.Clean(line));
            if (_paragraph.Length < LongParagraph || (_paragraph.Length < LongestParagraph && !EndsSentence()))
                yield break;
        }
        foreach (Passage passage in EndParagraph())
            yield return passage;
        if (level != 1)
            yield break;
        if (Take() is { } last)
            yield return last;
        (_title, _passages) = (title, 0);
    }

    private void Append(string line)
    {
        foreach (string word in line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            Join(_paragraph, word);
    }

    private bool EndsSentence() => _paragraph[^1] is '.' or '!' or '?' or '…' or '。' or '！' or '？' or '"' or '”' or '」';

    private IEnumerable<Passage> EndParagraph()
    {
        string paragraph = _paragraph.ToString();
        _paragraph.Clear();
        foreach (TextSpan sentence in Sentences.Of(paragraph))
            if (AddSentence(sentence.In(paragraph)) is { } full)
                yield return full;
        if (_size >= Least && Take() is { } passage)
            yield return passage;
    }

    /// <returns>The passage before the sentence, if the sentence is too long for it.</returns>
    private Passage? AddSentence(string sentence)
    {
        int size = HanText.Size(sentence);
        Passage? full = _size + size > Most ? Take() : null;
        if (size > Most)
            return full;
        int start = Join(_text, sentence);
        _sentences.Add(new(start, _text.Length));
        _size += size;
        return full;
    }

    /// <summary>What was gathered, if it is enough; it begins anew in any case.</summary>
    private Passage? Take()
    {
        Passage? passage = _size < Least ? null : new(_text.ToString(), [.. _sentences], Article(), _file);
        _passages += passage is null ? 0 : 1;
        _text.Clear();
        _sentences.Clear();
        _size = 0;
        return passage;
    }

    private string Article() => _title ?? string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(_file)}, part {(_passages / PassagesOfPart) + 1}");

    /// <summary>Appends with a blank between, where the script has one there.</summary>
    /// <returns>Where the word begins.</returns>
    private static int Join(StringBuilder text, string word)
    {
        if (text.Length > 0 && !HanText.IsWideMark(text[^1]) && !(HanText.IsHan(text[^1]) && HanText.IsWide(word[0])))
            text.Append(' ');
        int start = text.Length;
        text.Append(word);
        return start;
    }
}
