using System.Collections.Concurrent;
using Weft.Text.AddedTokens;
using Weft.Text.Bpe;
using Weft.Text.Normalizers;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>
/// Text to ids before post-processing: added tokens are cut out of the text, the rest is normalized, searched for the added
/// tokens that stand in normalized text, split into pieces and encoded. Buffers and word caches are pooled per thread.
/// </summary>
internal sealed class TextEncoder
{
    private readonly Normalizer? _normalizer;
    private readonly PreTokenizer? _preTokenizer;
    private readonly BpeModel _model;
    private readonly (AddedTokenMatcher Raw, AddedTokenMatcher Normalized) _plain, _withSpecial;
    private readonly ConcurrentBag<Workspace> _idle = [];

    public TextEncoder(BpeModel model, IReadOnlyList<AddedToken> addedTokens, Normalizer? normalizer, PreTokenizer? preTokenizer)
    {
        (_model, _normalizer, _preTokenizer) = (model, normalizer, preTokenizer);
        _plain = Matchers(addedTokens.Where(token => !token.Special));
        _withSpecial = Matchers(addedTokens);
    }

    /// <summary>Encodes and hands the ids to <paramref name="use"/>, which must not keep the list.</summary>
    public T Encode<T>(string text, bool parseSpecialTokens, Func<List<int>, T> use)
    {
        if (!_idle.TryTake(out Workspace? workspace))
        {
            var encoder = new BpeEncoder(_model);
            workspace = new Workspace(encoder, _preTokenizer?.Open(encoder) ?? encoder);
        }
        text = WellFormedText.Of(text);
        (AddedTokenMatcher raw, AddedTokenMatcher normalized) = parseSpecialTokens ? _withSpecial : _plain;
        int at = 0;
        while (raw.TryFind(text, at, out AddedToken token, out Range place))
        {
            EncodeBetween(text[at..place.Start.Value], normalized, workspace);
            workspace.Encoder.Output.Add(token.Id);
            at = place.End.Value;
        }
        EncodeBetween(at == 0 ? text : text[at..], normalized, workspace);
        T result = use(workspace.Encoder.Output);
        workspace.Encoder.Reset();
        // One for each thread that can run at once; more would only hold memory.
        if (_idle.Count < Environment.ProcessorCount)
            _idle.Add(workspace);
        return result;
    }

    private void EncodeBetween(string text, AddedTokenMatcher matcher, Workspace workspace)
    {
        if (_normalizer is not null)
            text = _normalizer.Normalize(text);
        int at = 0;
        while (matcher.TryFind(text, at, out AddedToken token, out Range place))
        {
            EncodePlain(text.AsSpan(at..place.Start.Value), workspace);
            workspace.Encoder.Output.Add(token.Id);
            at = place.End.Value;
        }
        EncodePlain(text.AsSpan(at), workspace);
    }

    private static void EncodePlain(ReadOnlySpan<char> text, Workspace workspace)
    {
        if (text.Length > 0)
            workspace.Entry.Accept(text);
    }

    private (AddedTokenMatcher Raw, AddedTokenMatcher Normalized) Matchers(IEnumerable<AddedToken> tokens) => (
        new AddedTokenMatcher(tokens.Where(token => !token.Normalized).Select(token => (token.Content, token))),
        new AddedTokenMatcher(tokens.Where(token => token.Normalized)
            .Select(token => (_normalizer?.Normalize(token.Content) ?? token.Content, token))));

    private sealed record Workspace(BpeEncoder Encoder, IPieceSink Entry);
}
