using System.Runtime.CompilerServices;
using Weft.Text.AddedTokens;
using Weft.Text.Normalizers;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>
/// Text to ids before post-processing: added tokens are cut out of the text, the rest is normalized, searched for the added
/// tokens that stand in normalized text, split into pieces and encoded. Buffers and word caches are pooled per thread.
/// </summary>
internal sealed class TextEncoder
{
    private readonly Normalizer[] _normalizers;
    private readonly PreTokenizer? _preTokenizer;
    private readonly TokenizerModel _model;
    private readonly IReadOnlyList<AddedToken> _addedTokens;
    private readonly ConditionalWeakTable<SpecialTokens, Matchers> _matchers = [];

    // One for each thread that can run at once; more would only hold memory.
    private readonly Workspace?[] _idle = new Workspace?[Environment.ProcessorCount];

    public TextEncoder(TokenizerModel model, IReadOnlyList<AddedToken> addedTokens, Normalizer? normalizer, PreTokenizer? preTokenizer)
    {
        (_model, _preTokenizer, _addedTokens) = (model, preTokenizer, addedTokens);
        _normalizers = [.. normalizer?.Steps ?? []];
    }

    /// <summary>Takes what a text's results are made of; it must not keep the list.</summary>
    public delegate T Use<T>(TokenList tokens);

    /// <summary>Encodes and hands the ids to <paramref name="use"/>.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="specialTokens">Which special tokens the text may name.</param>
    /// <param name="tracked">Keep the part of the text that each id stands for.</param>
    /// <param name="use">Makes the result.</param>
    public T Encode<T>(ReadOnlySpan<char> text, SpecialTokens specialTokens, bool tracked, Use<T> use)
    {
        Workspace workspace = Take();
        Matchers matchers = _matchers.GetValue(specialTokens, MakeMatchers);
        text = WellFormedText.Of(text);
        workspace.Encoder.Output.Begin(tracked);
        EncodeAll(new Piece(text, text.Length, tracked ? workspace.Identity(text) : default, isFirst: true), matchers, workspace);
        T result = use(workspace.Encoder.Output);
        Return(workspace);
        return result;
    }

    // A thread looks first where it left its own, whose word cache knows its texts.
    private Workspace Take()
    {
        for (int i = 0; i < _idle.Length; i++)
            if (Interlocked.Exchange(ref _idle[(Environment.CurrentManagedThreadId + i) % _idle.Length], null) is Workspace idle)
                return idle;
        return new Workspace(_model.Open(), _preTokenizer);
    }

    private void Return(Workspace workspace)
    {
        for (int i = 0; i < _idle.Length; i++)
            if (Interlocked.CompareExchange(ref _idle[(Environment.CurrentManagedThreadId + i) % _idle.Length], workspace, null) is null)
                return;
    }

    private void EncodeAll(in Piece text, Matchers matchers, Workspace workspace)
    {
        int at = 0;
        while (matchers.Raw.TryFind(text.Text, at, out AddedToken token, out Range place))
        {
            EncodeBetween(text.Slice(at, place.Start.Value - at), matchers.Normalized, workspace);
            workspace.Encoder.Output.Add(token.Id, text.OriginOf(place.Start.Value, place.End.Value));
            at = place.End.Value;
        }
        EncodeBetween(text.Slice(at, text.Length - at), matchers.Normalized, workspace);
    }

    private void EncodeBetween(Piece piece, AddedTokenMatcher matcher, Workspace workspace)
    {
        piece = workspace.Normalized.Run(_normalizers, piece);
        int at = 0;
        while (matcher.TryFind(piece.Text, at, out AddedToken token, out Range place))
        {
            EncodePlain(piece.Slice(at, place.Start.Value - at), workspace);
            workspace.Encoder.Output.Add(token.Id, piece.OriginOf(place.Start.Value, place.End.Value));
            at = place.End.Value;
        }
        EncodePlain(piece.Slice(at, piece.Length - at), workspace);
    }

    private static void EncodePlain(in Piece piece, Workspace workspace)
    {
        if (piece.Length > 0)
            workspace.Entry.Accept(piece);
    }

    private Matchers MakeMatchers(SpecialTokens specialTokens)
    {
        AddedToken[] tokens = [.. _addedTokens.Where(token => !token.Special || specialTokens.Allows(token.Content))];
        var buffers = new NormalizerBuffers();
        return new Matchers(
            new AddedTokenMatcher(tokens.Where(token => !token.Normalized).Select(token => (token.Content, token))),
            new AddedTokenMatcher(tokens.Where(token => token.Normalized)
                .Select(token => (buffers.Run(_normalizers, new Piece(token.Content)).Text.ToString(), token))));
    }

    private sealed record Matchers(AddedTokenMatcher Raw, AddedTokenMatcher Normalized);

    private sealed class Workspace(PieceEncoder encoder, PreTokenizer? preTokenizer)
    {
        private const int KeptIdentity = 1 << 16;

        private Origin[] _identity = [];

        public PieceEncoder Encoder { get; } = encoder;

        public IPieceSink Entry { get; } = preTokenizer?.Open(encoder) ?? encoder;

        public NormalizerBuffers Normalized { get; } = new();

        /// <summary>Each unit comes from itself, each half of a surrogate pair from the pair.</summary>
        public ReadOnlySpan<Origin> Identity(ReadOnlySpan<char> text)
        {
            Origin[] identity = text.Length > KeptIdentity ? new Origin[text.Length]
                : _identity.Length >= text.Length ? _identity : _identity = new Origin[KeptIdentity];
            for (int i = 0; i < text.Length; i++)
                identity[i] = char.IsHighSurrogate(text[i]) ? new Origin(i, i + 2)
                    : char.IsLowSurrogate(text[i]) ? new Origin(i - 1, i + 1) : new Origin(i, i + 1);
            return identity.AsSpan(0, text.Length);
        }
    }
}
