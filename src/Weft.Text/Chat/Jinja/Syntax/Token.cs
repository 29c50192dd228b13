namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>Kind of a <see cref="Token"/>.</summary>
internal enum TokenKind
{
    /// <summary>Text between the tags.</summary>
    Data,
    BlockBegin,
    BlockEnd,
    OutputBegin,
    OutputEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A word of a template.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">As written; for <see cref="TokenKind.Text"/> without quotes and escapes, for numbers without underscores.</param>
/// <param name="Line">Line of its beginning, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    /// <summary>How a message shows it.</summary>
    public string Shown => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.OutputEnd => "'}}'",
        TokenKind.Data => "text between the tags",
        _ => $"'{Text}'",
    };
}
