namespace Weft.Text.WordPiece;

/// <summary>A WordPiece vocabulary as data (Schuster and Nakajima 2012; Wu et al. 2016, "Google's Neural Machine Translation System").</summary>
/// <param name="Ids">Id of each token of the model. Ids may leave gaps.</param>
/// <param name="UnknownToken">Stands for a word that tokens do not cover.</param>
internal sealed record WordPieceDefinition(IReadOnlyDictionary<string, int> Ids, string UnknownToken)
{
    /// <summary>What the tokens begin with that continue a word.</summary>
    public string Prefix { get; init; } = "##";

    /// <summary>A word of more Unicode scalars is unknown as a whole.</summary>
    public int MaximumCharacters { get; init; } = 100;
}
