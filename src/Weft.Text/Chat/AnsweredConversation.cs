namespace Weft.Text.Chat;

/// <summary>A conversation as a model learns from it.</summary>
/// <param name="Text">As the chat template writes it.</param>
/// <param name="Tokens">Its ids, without any around it.</param>
/// <param name="Answers">Places of the ids that the model is to write itself, answer by answer, each with the token that ends the turn.</param>
public sealed record AnsweredConversation(string Text, EncodedText Tokens, IReadOnlyList<Range> Answers)
{
    /// <summary>Answers whose first characters belong to a token of what stands before them; that token is none of the answer's.</summary>
    public int Joined { get; init; }
}
