namespace Weft.Text.AddedTokens;

/// <summary>
/// A token that is found in the text before the model sees it, with the fields of Hugging Face's <c>AddedToken</c>.
/// </summary>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Special tokens carry structure (begin, end, roles); text from a user does not become one unless asked.</summary>
    public bool Special { get; init; }

    /// <summary>The token is searched for in normalized text, and its own content is normalized too.</summary>
    public bool Normalized { get; init; }

    public bool SingleWord { get; init; }

    /// <summary>The token takes the white space on its left with it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>The token takes the white space on its right with it.</summary>
    public bool RightStrip { get; init; }
}
