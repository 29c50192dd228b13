using System.Text;
using Weft.Text;

namespace Weft.Cli.Conversion;

/// <summary>A text cut into pieces of equal length for a model to read, each beginning and ending as the tokenizer has texts begin and end.</summary>
internal static class CalibrationWindows
{
    /// <summary>Tokens of a piece, where the model's context is not shorter; llama.cpp's default.</summary>
    public const int Tokens = 512;

    /// <summary>Reads a text.</summary>
    /// <exception cref="InvalidDataException">It is no UTF-8.</exception>
    public static string ReadText(string path)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: it is neither a GGUF file nor text in UTF-8; give a text, or importance in llama-imatrix's GGUF form (--output-format gguf)", e);
        }
    }

    /// <summary>Cuts a text.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="text">The text.</param>
    /// <param name="context">The model's context length.</param>
    /// <param name="most">The most pieces.</param>
    /// <returns>At least one; what is left over at the end is not used.</returns>
    /// <exception cref="UsageException">The text is too short for one.</exception>
    public static IReadOnlyList<int[]> Of(Tokenizer tokenizer, string text, int context, int most)
    {
        int length = Math.Min(Tokens, context);
        int[] all = tokenizer.EncodeToIds(text);
        if (all.Length < length)
            throw new UsageException($"the text of --importance has {all.Length} tokens, fewer than the {length} of one window; give a longer text, some 200 kB are good");
        (int[] before, int[] after) = Frame(tokenizer);
        int[][] windows = [.. all.Chunk(length).Where(window => window.Length == length).Take(most)];
        // As llama-imatrix does it, which writes over a token too.
        if (before.Length + after.Length < length)
            foreach (int[] window in windows)
            {
                before.CopyTo(window, 0);
                after.CopyTo(window, length - after.Length);
            }
        return windows;
    }

    /// <summary>The special tokens before and after a text.</summary>
    private static (int[] Before, int[] After) Frame(Tokenizer tokenizer)
    {
        const string Sample = "a";
        int[] bare = tokenizer.EncodeToIds(Sample, addSpecialTokens: false), framed = tokenizer.EncodeToIds(Sample);
        int start = framed.AsSpan().IndexOf(bare);
        return start < 0 ? ([], []) : (framed[..start], framed[(start + bare.Length)..]);
    }
}
