using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Weft.Text.Files;

/// <summary>Tells the formats of tokenizers apart: by content first, by name where the content leaves it open.</summary>
internal static class FileRecognition
{
    /// <summary>Bytes of a file's beginning that are looked at.</summary>
    public const int HeadLength = 1 << 14;

    private const int LinesLookedAt = 8, PropertiesLookedAt = 64;

    /// <summary>The formats, for messages.</summary>
    public const string Readable = "tokenizer.json, a SentencePiece model, vocab.json with merges.txt, vocab.txt, a .tiktoken file of ranks, or GGUF";

    /// <param name="name">The file's name; its folder does not matter.</param>
    /// <param name="head">Its first bytes, <see cref="HeadLength"/> of them unless it is shorter.</param>
    public static TokenizerFileKind Recognise(string name, ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> text = head.StartsWith("\uFEFF"u8) ? head[3..] : head;
        if (head.StartsWith("GGUF"u8))
            return TokenizerFileKind.Gguf;
        if (text.TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
            return IsVocabulary(text) ? TokenizerFileKind.VocabularyJson : TokenizerFileKind.TokenizerJson;
        if (IsSentencePiece(head))
            return TokenizerFileKind.SentencePiece;
        if (Lines(text) is { Count: > 0 } lines)
        {
            if (lines.All(IsRank))
                return TokenizerFileKind.Tiktoken;
            if (lines[0].StartsWith("#version:", StringComparison.Ordinal))
                return TokenizerFileKind.Merges;
            if (lines[0] == "[PAD]" || lines.Contains("[UNK]"))
                return TokenizerFileKind.VocabularyText;
        }
        return ByName(Path.GetFileName(name), isText: head.Length > 0 && IsText(text));
    }

    /// <summary>What a file of no known kind begins with, for a message.</summary>
    public static string Describe(ReadOnlySpan<byte> head) =>
        head.IsEmpty ? "is empty"
        : IsText(head) ? $"begins with the text '{JsonField.Shorten(Encoding.UTF8.GetString(head[..Math.Min(40, head.Length)]).Trim('\uFFFD'))}'"
        : $"begins with the bytes {Convert.ToHexString(head[..Math.Min(8, head.Length)])}";

    private static TokenizerFileKind ByName(string name, bool isText)
    {
        bool Ends(params ReadOnlySpan<string> endings)
        {
            foreach (string ending in endings)
                if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                    return true;
            return false;
        }
        return Ends(".json") ? TokenizerFileKind.TokenizerJson
            : Ends(".gguf") ? TokenizerFileKind.Gguf
            : Ends(".tiktoken") ? TokenizerFileKind.Tiktoken
            : isText && Ends("merges.txt", ".bpe") ? TokenizerFileKind.Merges
            : isText && Ends("vocab.txt") ? TokenizerFileKind.VocabularyText
            : Ends(".model", ".spm") ? TokenizerFileKind.SentencePiece
            : TokenizerFileKind.Unknown;
    }

    /// <summary>Every value at the beginning is a number: tokens and their ids. In a tokenizer.json hardly any is.</summary>
    private static bool IsVocabulary(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
        int numbers = 0;
        try
        {
            reader.Read();
            while (numbers < PropertiesLookedAt && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.Read())
                    break;
                if (reader.TokenType != JsonTokenType.Number)
                    return false;
                numbers++;
            }
        }
        catch (JsonException)
        {
            return false;
        }
        return numbers > 0;
    }

    /// <summary>
    /// A ModelProto begins with its pieces: field 1, of some length, in which field 1 is the piece's text and what follows, if
    /// anything does, is its score (field 2, 4 bytes) or type (field 3).
    /// </summary>
    private static bool IsSentencePiece(ReadOnlySpan<byte> head)
    {
        if (head is not [0x0A, ..] || !TryLength(head[1..], out int message, out int size) || head.Length < 1 + size + 2)
            return false;
        ReadOnlySpan<byte> piece = head[(1 + size)..];
        if (piece[0] != 0x0A || !TryLength(piece[1..], out int text, out int textSize))
            return false;
        int end = 1 + textSize + text;
        return end == message || (end < message && end < piece.Length && piece[end] is 0x15 or 0x18);
    }

    private static bool TryLength(ReadOnlySpan<byte> bytes, out int length, out int size)
    {
        (length, size) = (0, 0);
        while (size < bytes.Length && size < 3)
        {
            length |= (bytes[size] & 0x7F) << (7 * size);
            if (bytes[size++] < 0x80)
                return true;
        }
        return false;
    }

    private static bool IsRank(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && Base64.IsValid(line.AsSpan(0, space)) && line.Length > space + 1
            && !line.AsSpan(space + 1).ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>The first whole lines; none where the bytes are no text.</summary>
    private static List<string> Lines(ReadOnlySpan<byte> bytes)
    {
        var lines = new List<string>();
        if (!IsText(bytes))
            return lines;
        while (lines.Count < LinesLookedAt && bytes.Length > 0)
        {
            int end = bytes.IndexOf((byte)'\n');
            // A line that the head cuts off says nothing.
            if (end < 0 && bytes.Length >= HeadLength - 3)
                break;
            lines.Add(Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).TrimEnd('\r'));
            bytes = end < 0 ? [] : bytes[(end + 1)..];
        }
        return lines;
    }

    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        // The head may end inside of a character.
        for (int cut = 0; cut < 4 && cut <= bytes.Length; cut++)
            if (Utf8.IsValid(bytes[..^cut]))
                return !bytes.ContainsAny(SearchValues.Create([0, 1, 2, 3, 4, 5, 6, 7, 8]));
        return false;
    }
}
