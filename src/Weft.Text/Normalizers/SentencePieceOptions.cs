namespace Weft.Text.Normalizers;

/// <summary>How SentencePiece prepares text, with its own names and defaults.</summary>
internal sealed record SentencePieceOptions
{
    /// <summary>Text that is not empty gets a space before it, or after it where spaces end words.</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Spaces at both ends go, and runs of spaces become one.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Spaces become U+2581.</summary>
    public bool EscapeWhitespaces { get; init; } = true;

    /// <summary>Spaces end words instead of beginning them.</summary>
    public bool TreatWhitespaceAsSuffix { get; init; }

    /// <summary>Strings that are kept as they are.</summary>
    public IReadOnlyList<string> UserDefinedSymbols { get; init; } = [];
}
