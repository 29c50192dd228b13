using System.Text;
using System.Text.Json.Nodes;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.Decoders;

/// <summary>Hugging Face's decoders over a whole list of tokens, step after step: the oracle of the streaming ones.</summary>
internal static class WholeDecoder
{
    public static string Decode(string json, IEnumerable<string> tokens) => string.Concat(Run(JsonNode.Parse(json)!, [.. tokens]));

    private static List<string> Run(JsonNode step, List<string> tokens) => (string)step["type"]! switch
    {
        "Sequence" => step["decoders"]!.AsArray().Aggregate(tokens, (current, inner) => Run(inner!, current)),
        "Replace" => [.. tokens.Select(token => token.Replace((string)step["pattern"]!["String"]!, (string)step["content"]!, StringComparison.Ordinal))],
        "Fuse" => [string.Concat(tokens)],
        "Strip" => [.. tokens.Select(token => Strip(token, ((string)step["content"]!)[0], (int)step["start"]!, (int)step["stop"]!))],
        "ByteFallback" => ByteFallback(tokens),
        "ByteLevel" => [Encoding.UTF8.GetString([.. tokens.SelectMany(Bytes)])],
        "WordPiece" => [.. tokens.Select((token, i) => CleanUp(step, i == 0 ? token
            : token.StartsWith((string)step["prefix"]!, StringComparison.Ordinal) ? token[((string)step["prefix"]!).Length..] : " " + token))],
        "CTC" => [.. tokens.Where((token, i) => i == 0 || token != tokens[i - 1]).Select(token => Ctc(step, token)).Where(token => token.Length > 0)],
        "BPEDecoder" => [.. tokens.Select((token, i) => token.Replace((string)step["suffix"]!, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal))],
        var type => throw new InvalidOperationException(type),
    };

    private static string Ctc(JsonNode step, string token)
    {
        token = CleanUp(step, token.Replace((string)step["pad_token"]!, "", StringComparison.Ordinal));
        return (bool)step["cleanup"]! ? token.Replace((string)step["word_delimiter_token"]!, " ", StringComparison.Ordinal) : token;
    }

    private static string CleanUp(JsonNode step, string token) => !(bool)step["cleanup"]! ? token
        : new[] { (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re") }
            .Aggregate(token, (text, rule) => text.Replace(rule.Item1, rule.Item2, StringComparison.Ordinal));

    private static string Strip(string token, char content, int start, int stop)
    {
        for (; start > 0 && token.StartsWith(content); start--)
            token = token[1..];
        for (; stop > 0 && token.EndsWith(content); stop--)
            token = token[..^1];
        return token;
    }

    private static List<string> ByteFallback(List<string> tokens)
    {
        var result = new List<string>();
        var run = new List<byte>();
        foreach (string? token in tokens.Append(null))
        {
            if (token is { Length: 6 } && token.StartsWith("<0x", StringComparison.Ordinal) && token.EndsWith('>'))
            {
                run.Add(Convert.ToByte(token[3..5], 16));
                continue;
            }
            try
            {
                result.Add(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. run]));
            }
            catch (DecoderFallbackException)
            {
                result.AddRange(run.Select(_ => "\uFFFD"));
            }
            run.Clear();
            if (token is not null)
                result.Add(token);
        }
        return result;
    }

    private static IEnumerable<byte> Bytes(string token) => token.All(c => ByteAlphabet.ToByte(c) >= 0)
        ? token.Select(c => (byte)ByteAlphabet.ToByte(c))
        : Encoding.UTF8.GetBytes(token);
}
