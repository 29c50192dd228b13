using Weft.Text;

namespace Weft.Inference;

/// <summary>
/// The text of generated ids as it becomes certain. The prompt is decoded before them: alone, a continuation would lose the space, or half of the character, that it begins with.
/// </summary>
internal sealed class ContinuationText
{
    private readonly Detokenizer? _detokenizer;
    private readonly int _vocabularySize;

    /// <summary>Text of the prompt that its decoder still holds back, and that is no part of the continuation.</summary>
    private string _held = "";

    /// <param name="tokenizer">Null where there are ids alone; then nothing has a text.</param>
    /// <param name="prompt">What the ids follow.</param>
    public ContinuationText(Tokenizer? tokenizer, ReadOnlySpan<int> prompt)
    {
        if (tokenizer is null)
            return;
        _vocabularySize = tokenizer.VocabularySize;
        _detokenizer = tokenizer.CreateDetokenizer();
        Detokenizer alone = tokenizer.CreateDetokenizer();
        foreach (int id in prompt)
            if (id < _vocabularySize)
            {
                _detokenizer.Append(id);
                alone.Append(id);
            }
        _held = alone.Flush();
    }

    /// <summary>The text that became certain; ids of the model beyond the tokenizer's stand for nothing.</summary>
    /// <param name="id">The next id.</param>
    /// <param name="last">No other follows.</param>
    public string Append(int id, bool last)
    {
        if (_detokenizer is null)
            return "";
        string text = id < _vocabularySize ? _detokenizer.Append(id) : "";
        text = last ? text + _detokenizer.Flush() : text;
        // Where it comes out as something else, such as a whole character, it is the continuation's too.
        int common = text.AsSpan().CommonPrefixLength(_held);
        bool isPrompt = common == Math.Min(text.Length, _held.Length);
        _held = isPrompt ? _held[common..] : "";
        return isPrompt ? text[common..] : text;
    }
}
