using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Weft.Text.Files;

namespace Weft.Text.Bpe;

/// <summary>A byte-pair encoding ready to run: its tables, built once and shared by all threads.</summary>
internal sealed class BpeModel : TokenizerModel
{
    public BpeModel(BpeDefinition definition)
    {
        Definition = definition;
        Merges = new MergeTable(definition.Merges);
        foreach ((string token, int id) in definition.Ids)
            if (Rune.DecodeFromUtf16(token, out Rune rune, out int length) == OperationStatus.Done && length == token.Length)
                Scalars[rune.Value] = id;
        UnknownId = definition.UnknownToken is string unknown ? definition.Ids[unknown] : -1;
        if (definition.ByteFallback)
            for (int b = 0; b < 256; b++)
                ByteIds[b] = definition.Ids.TryGetValue(ByteToken((byte)b), out int id) ? id : -1;
        if (definition.Merges.Count > 0 && !definition.IgnoreMerges)
            Cuts = new CutPoints(MergeResults(definition));
    }

    public BpeDefinition Definition { get; }

    public override IReadOnlyDictionary<string, int> Ids => Definition.Ids;

    public MergeTable Merges { get; }

    public ScalarTable Scalars { get; } = new();

    public int UnknownId { get; }

    /// <summary>Id of each byte's token, -1 where the vocabulary lacks it.</summary>
    public int[] ByteIds { get; } = new int[256];

    /// <summary>Null where cutting a word could change its tokens.</summary>
    public CutPoints? Cuts { get; }

    /// <summary>SentencePiece's name of a byte.</summary>
    public static string ByteToken(byte value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    public override PieceEncoder Open() => new BpeEncoder(this);

    public override void Write(Utf8JsonWriter writer) => BpeWriter.Write(writer, Definition);

    private static HashSet<string> MergeResults(BpeDefinition definition)
    {
        var made = definition.Merges.Select(merge => merge.Result).ToHashSet();
        return definition.Ids.Where(entry => made.Contains(entry.Value)).Select(entry => entry.Key).ToHashSet();
    }
}
