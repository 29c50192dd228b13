namespace Weft.Text.Normalizers;

/// <summary>Rewrites text before it is split. Implementations are immutable.</summary>
internal abstract class Normalizer
{
    public abstract string Normalize(string text);
}

/// <summary>Applies normalizers one after another.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public override string Normalize(string text)
    {
        foreach (Normalizer step in steps)
            text = step.Normalize(text);
        return text;
    }
}

/// <summary>Puts a prefix before text that is not empty: SentencePiece's mark of a word's start.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}

/// <summary>Replaces every occurrence of a fixed string.</summary>
internal sealed class ReplaceNormalizer(string pattern, string content) : Normalizer
{
    public override string Normalize(string text) => text.Replace(pattern, content, StringComparison.Ordinal);
}
