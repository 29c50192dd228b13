using Weft.Text.Bpe;

namespace Weft.Text.Normalizers;

/// <summary>What normalizers and pre-tokenizers ask of a character. A character may be in several classes.</summary>
[Flags]
internal enum CharacterClasses : byte
{
    None = 0,

    /// <summary>The general category P, and all ASCII symbols.</summary>
    Punctuation = 1,

    /// <summary>What BERT's cleaning takes out: U+0000, U+FFFD, and control, format and private characters except tab and ends of lines.</summary>
    Removed = 2,

    /// <summary>The general category Mn, the accents that BERT takes off.</summary>
    NonSpacingMark = 4,

    /// <summary>The general category M.</summary>
    Mark = 8,

    /// <summary>The general category N.</summary>
    Number = 16,

    /// <summary>What <c>\w</c> matches: letters, marks, decimal digits, connectors and joiners.</summary>
    Word = 32,

    /// <summary>Unicode's White_Space.</summary>
    Space = 64,

    /// <summary>The ideographs around which BERT puts spaces.</summary>
    Chinese = 128,
}

/// <summary>
/// Classes, script and lower case of each scalar. .NET's own tables change with its version; ids must not.
/// </summary>
internal sealed partial class CharacterTables
{
    private static readonly Lazy<CharacterTables> Loaded = new(() => new CharacterTables());

    private readonly ScalarBytes _classes, _scripts;
    private readonly ScalarTable _lower = new();

    private CharacterTables()
    {
        var table = new PackedTable(Deflated);
        _classes = new ScalarBytes(ReadRuns(table));
        _scripts = new ScalarBytes(ReadRuns(table));
        int scalar = 0;
        for (int runs = table.ReadNumber(); runs > 0; runs--)
        {
            scalar += table.ReadNumber();
            (int step, int length, int distance) = (table.ReadNumber(), table.ReadNumber(), table.ReadNumber());
            for (int i = 0; i < length; i++)
                _lower[scalar + i * step] = scalar + i * step + ((distance & 1) == 0 ? distance >> 1 : -(distance >> 1));
        }
    }

    public static CharacterTables Instance => Loaded.Value;

    public CharacterClasses ClassesOf(int scalar) => (CharacterClasses)_classes[scalar];

    /// <summary>Unicode's script as SentencePiece joins them: kana counts as Han. 0 for spaces and unassigned characters.</summary>
    public int ScriptOf(int scalar) => _scripts[scalar];

    /// <summary>The full lower case of a character by itself; only İ becomes two.</summary>
    public string LowerCase(int scalar) => scalar == '\u0130' ? "i\u0307"
        : char.ConvertFromUtf32(_lower[scalar] is int lower and >= 0 ? lower : scalar);

    private static IEnumerable<(int Length, byte Value)> ReadRuns(PackedTable table)
    {
        for (int covered = 0; covered < ScalarBytes.Scalars;)
        {
            int length = table.ReadNumber();
            covered += length;
            yield return (length, table.ReadByte());
        }
    }
}
