using System.Buffers.Text;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Files;

/// <summary>The lines of a rank file: a token's bytes in base64, a space, its rank.</summary>
internal static class RankLines
{
    /// <summary>Ranks by tokens spelled in GPT-2's stand-ins for bytes; all 256 bytes are there.</summary>
    public static Dictionary<string, int> Read(ReadOnlyMemory<byte> content, string file)
    {
        ReadOnlySpan<byte> rest = content.Span;
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        for (int line = 1; rest.Length > 0; line++)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> text = (end < 0 ? rest : rest[..end]).TrimEnd((byte)'\r');
            rest = end < 0 ? default : rest[(end + 1)..];
            if (text.IsEmpty)
                continue;
            (string token, int rank) = ReadLine(text, file, line);
            if (!ranks.TryAdd(token, rank) || !taken.Add(rank))
                throw new InvalidDataException($"{file}: line {line} is '{Shown(text)}', a token or a rank that another line has; keep one of them");
        }
        for (int b = 0; b < 256; b++)
            if (!ranks.ContainsKey(ByteAlphabet.ToCharacter((byte)b).ToString()))
                throw new InvalidDataException($"{file}: of its {ranks.Count} tokens none is the byte 0x{b:X2}, without which not every text has tokens; download the file again");
        return ranks;
    }

    private static (string Token, int Rank) ReadLine(ReadOnlySpan<byte> line, string file, int number)
    {
        int space = line.IndexOf((byte)' ');
        byte[] bytes = new byte[line.Length];
        if (space > 0 && Base64.DecodeFromUtf8(line[..space], bytes, out _, out int count) == System.Buffers.OperationStatus.Done && count > 0
            && Utf8Parser.TryParse(line[(space + 1)..], out int rank, out int read) && read == line.Length - space - 1 && rank is >= 0 and <= TokenizerReader.HighestId)
            return (string.Create(count, bytes, static (characters, bytes) =>
            {
                for (int i = 0; i < characters.Length; i++)
                    characters[i] = ByteAlphabet.ToCharacter(bytes[i]);
            }), rank);
        throw new InvalidDataException($"{file}: line {number} is '{Shown(line)}'; write a token in base64, a space and a rank from 0 to {TokenizerReader.HighestId}");
    }

    private static string Shown(ReadOnlySpan<byte> line) => JsonField.Shorten(System.Text.Encoding.UTF8.GetString(line));
}
