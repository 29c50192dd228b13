namespace Weft.Text.Unigram;

/// <summary>SentencePiece's kinds of pieces, with its own numbers.</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,

    /// <summary>Not SentencePiece's own: a normal piece that has no id in the vocabulary beside the model, and gives that of the unknown piece.</summary>
    Unlisted = 7,
}

/// <summary>A piece of a SentencePiece vocabulary; its place in the list is its id.</summary>
internal readonly record struct ScoredPiece(string Text, double Score, PieceType Type = PieceType.Normal);
