namespace Weft.Training.Runs;

/// <summary>A token as a model reads it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">As the tokenizer's file spells it.</param>
/// <param name="Text">What it stands for.</param>
public sealed record PreviewToken(int Id, string Name, string Text)
{
    /// <summary>A loss is computed for it: it is predicted, or what it hides or is.</summary>
    public bool HasLoss { get; init; }

    /// <summary>What is to be said in its place, such as the word that a mask hides; null where it is predicted itself, or not at all.</summary>
    public string? Answer { get; init; }

    /// <summary>Document of its row; other documents do not see it.</summary>
    public int Document { get; init; }

    /// <summary>Segment that the model tells apart, such as the second text of a pair.</summary>
    public int Segment { get; init; }

    /// <summary>Earlier tokens see it too.</summary>
    public bool IsPrefix { get; init; }
}

/// <summary>A row of a batch as a model sees it.</summary>
public sealed record PreviewRow
{
    /// <summary>What a decoder reads and predicts, or an encoder alone reads; without padding.</summary>
    public required IReadOnlyList<PreviewToken> Tokens { get; init; }

    /// <summary>What the encoder beside a decoder reads; empty without one.</summary>
    public IReadOnlyList<PreviewToken> Source { get; init; } = [];

    /// <summary>What is to be said of each document as a whole; empty where tokens are predicted.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Places at the end of the row that are filled up.</summary>
    public int Padding { get; init; }

    /// <summary>Tokens that a loss is computed for.</summary>
    public int Losses => Tokens.Count(token => token.HasLoss);
}
