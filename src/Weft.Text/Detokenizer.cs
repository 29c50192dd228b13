using System.Text;
using Weft.Text.Decoders;

namespace Weft.Text;

/// <summary>
/// Ids to text one at a time, as a model generates them. What <see cref="Append"/> and <see cref="Flush"/> return, joined,
/// equals <see cref="Tokenizer.Decode(ReadOnlySpan{int}, bool)"/> of all ids; text is held back while later ids can still change it, so no call returns
/// a part of a character. Not thread-safe: one per text.
/// </summary>
public sealed class Detokenizer
{
    private readonly Tokenizer _tokenizer;
    private readonly TokenDecoder _decoder;
    private readonly bool _skipSpecialTokens;
    private readonly TextSink _text = new();
    private ITokenSink _entry;

    internal Detokenizer(Tokenizer tokenizer, TokenDecoder decoder, bool skipSpecialTokens)
    {
        (_tokenizer, _decoder, _skipSpecialTokens) = (tokenizer, decoder, skipSpecialTokens);
        _entry = decoder.Open(_text, fused: false);
    }

    /// <summary>Adds an id and returns the text that is now certain, often empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative or not below the vocabulary size.</exception>
    public string Append(int id)
    {
        Push(id);
        return _text.Take();
    }

    /// <summary>Ends the text and returns what was held back; the next <see cref="Append"/> starts another text.</summary>
    public string Flush()
    {
        _entry.Complete();
        _entry = _decoder.Open(_text, fused: false);
        return _text.Take();
    }

    /// <summary>Adds an id without taking the text.</summary>
    internal void Push(int id)
    {
        if (id < 0 || id >= _tokenizer.VocabularySize)
            throw new ArgumentOutOfRangeException(nameof(id), id,
                $"id {id} is not in the vocabulary, whose size is {_tokenizer.VocabularySize}");
        // An id in a gap of the vocabulary stands for nothing.
        if (_tokenizer.IdToToken(id) is string token && !(_skipSpecialTokens && _tokenizer.IsSpecial(id)))
            _entry.Push(token);
    }

    private sealed class TextSink : ITokenSink
    {
        private readonly StringBuilder _text = new();

        public void Push(ReadOnlySpan<char> token) => _text.Append(token);

        public void Complete()
        {
        }

        public string Take()
        {
            string text = _text.ToString();
            _text.Clear();
            return text;
        }
    }
}
