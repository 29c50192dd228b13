using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Weft.Text.Files;

namespace Weft.Text.Bpe;

/// <summary>A byte-pair encoding ready to run: its tables, built once and shared by all threads.</summary>
internal sealed class BpeModel : TokenizerModel
{
    private readonly int[] _byteSymbols = new int[256], _lastByteSymbols = new int[256];
    private readonly Lazy<MergeTable> _merges;
    private readonly Lazy<TokenSearch?> _byteSearch, _characterSearch;
    private readonly Lazy<CutPoints?> _cuts;

    public BpeModel(BpeDefinition definition)
    {
        Definition = definition;
        foreach ((string text, int id) in definition.Ids)
            if (Rune.DecodeFromUtf16(text, out Rune rune, out int length) == OperationStatus.Done && length == text.Length)
                Scalars[rune.Value] = id;
        UnknownId = definition.UnknownToken is string token ? definition.Ids[token] : -1;
        for (int b = 0; b < 256; b++)
            ByteIds[b] = definition.ByteFallback && definition.Ids.TryGetValue(ByteToken((byte)b), out int id) ? id : -1;
        HashSet<int> unknown = [UnknownId, .. ByteIds];
        UnknownIsApart = (UnknownId >= 0 || !ByteIds.Contains(-1)) && !definition.Merges.Any(merge => unknown.Contains(merge.Left) || unknown.Contains(merge.Right));
        _merges = new(() => new MergeTable(definition.Merges));
        _byteSearch = new(() => TokenSearch.OfBytes(definition));
        _characterSearch = new(() => TokenSearch.OfCharacters(definition));
        _cuts = new(MakeCuts);
        for (int b = 0; b < 256; b++)
        {
            string name = PreTokenizers.ByteAlphabet.ToCharacter((byte)b).ToString();
            (_byteSymbols[b], _lastByteSymbols[b]) = (definition.Ids.GetValueOrDefault(name, -1), definition.Ids.GetValueOrDefault(name + definition.EndOfWordSuffix, -1));
        }
    }

    public BpeDefinition Definition { get; }

    public override IReadOnlyDictionary<string, int> Ids => Definition.Ids;

    public MergeTable Merges => _merges.Value;

    /// <summary>Finds tokens in bytes. Null where only merging can.</summary>
    public TokenSearch? ByteSearch => _byteSearch.Value;

    /// <summary>Finds tokens in characters. Null where only merging can.</summary>
    public TokenSearch? CharacterSearch => _characterSearch.Value;

    public ScalarTable Scalars { get; } = new();

    public int UnknownId { get; }

    /// <summary>Id of each byte's token, -1 where the vocabulary lacks it or does not use it for unknown characters.</summary>
    public int[] ByteIds { get; } = new int[256];

    /// <summary>Ids of GPT-2's names of bytes, within a word and at its end; -1 where the vocabulary has no such name.</summary>
    public ReadOnlySpan<int> ByteSymbols => _byteSymbols;

    /// <inheritdoc cref="ByteSymbols"/>
    public ReadOnlySpan<int> LastByteSymbols => _lastByteSymbols;

    /// <summary>Unknown characters give tokens, and these never merge.</summary>
    public bool UnknownIsApart { get; }

    /// <summary>Null where cutting a word could change its tokens.</summary>
    public CutPoints? Cuts => _cuts.Value;

    /// <summary>SentencePiece's name of a byte.</summary>
    public static string ByteToken(byte value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    public override PieceEncoder Open() => Definition switch
    {
        { Dropout: 0 } => new BpeEncoder(this),
        { DropoutSeed: int seed } => new DropoutEncoder(this, seed),
        _ => throw new InvalidOperationException($"the tokenizer leaves out merges at random, with a dropout of {Definition.Dropout}; "
            + $"call {nameof(Tokenizer)}.{nameof(Tokenizer.WithDropout)} with a seed, or with a dropout of 0 for the same ids every time"),
    };

    public override void Write(Utf8JsonWriter writer) => BpeWriter.Write(writer, Definition);

    // A whole piece is looked up, or its ends are marked: then a part is not what the piece is.
    private CutPoints? MakeCuts()
    {
        BpeDefinition definition = Definition;
        if (definition.IgnoreMerges || definition.Merges.Count == 0 || definition.ContinuingSubwordPrefix.Length + definition.EndOfWordSuffix.Length > 0)
            return null;
        var made = definition.Merges.Select(merge => merge.Result).ToHashSet();
        return new CutPoints(definition.Ids.Where(entry => made.Contains(entry.Value)).Select(entry => entry.Key).ToHashSet(), Scalars, UnknownIsApart);
    }
}
