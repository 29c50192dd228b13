namespace Weft.Data;

/// <summary>A part of a sentence that a question may ask for.</summary>
/// <param name="Answer">What is asked for.</param>
/// <param name="Hole">What the question's word stands for: the answer, and marks or an article around it.</param>
/// <param name="Word">Of the question.</param>
/// <param name="Kind">What the answer looks like.</param>
internal sealed record AnswerCandidate(TextSpan Answer, TextSpan Hole, string Word, AnswerKind Kind)
{
    /// <summary>Those of a sentence, in the order of their kinds and places.</summary>
    public static IReadOnlyList<AnswerCandidate> Find(string text, TextSpan sentence) => HanText.IsChinese(text.AsSpan(sentence.Start, sentence.End - sentence.Start))
        ? ChineseAnswers.Find(text, sentence)
        : EnglishAnswers.Find(text, sentence);
}
