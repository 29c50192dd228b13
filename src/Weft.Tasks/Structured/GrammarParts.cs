namespace Weft.Tasks;

/// <summary>All parts of a grammar, which of them some text has, and which bytes it never tells apart.</summary>
internal sealed class GrammarParts
{
    private readonly List<ByteGrammar> _all = [];
    private readonly HashSet<ByteGrammar> _seen = [];
    private readonly HashSet<ByteGrammar> _productive = [];

    public GrammarParts(ByteGrammar root)
    {
        Collect(root);
        while (FindProductive())
        {
        }
        DivideBytes();
    }

    /// <summary>The class of each byte. Bytes of a class are in the same sets.</summary>
    public byte[] Classes { get; } = new byte[256];

    /// <summary>A byte of each class.</summary>
    public byte[] Representatives { get; private set; } = [];

    /// <summary>Some text is of this part: a choice of nothing, or a part that can only go on within itself, has none.</summary>
    public bool IsProductive(ByteGrammar part) => _productive.Contains(part);

    /// <summary>Grammars nest deeper than calls can.</summary>
    private void Collect(ByteGrammar root)
    {
        var open = new Stack<ByteGrammar>([root]);
        while (open.TryPop(out ByteGrammar? part))
        {
            if (!_seen.Add(part))
                continue;
            _all.Add(part);
            foreach (ByteGrammar inner in Inner(part))
                open.Push(inner);
        }
    }

    private static IReadOnlyList<ByteGrammar> Inner(ByteGrammar part) => part switch
    {
        ByteGrammar.Sequence sequence => sequence.Parts,
        ByteGrammar.Choice choice => choice.Alternatives,
        ByteGrammar.Repetition repetition => [repetition.Part],
        ByteGrammar.Rule rule => [rule.Body],
        _ => [],
    };

    /// <returns>There were more than last time.</returns>
    private bool FindProductive()
    {
        int before = _productive.Count;
        // Parts stand before what they are made of.
        for (int i = _all.Count - 1; i >= 0; i--)
            if (_all[i] switch
            {
                ByteGrammar.Bytes bytes => bytes.Set != default,
                ByteGrammar.Sequence sequence => sequence.Parts.All(IsProductive),
                ByteGrammar.Choice choice => choice.Alternatives.Any(IsProductive),
                ByteGrammar.Repetition repetition => repetition.Minimum == 0 || IsProductive(repetition.Part),
                ByteGrammar.Rule rule => IsProductive(rule.Body),
                _ => false,
            })
                _productive.Add(_all[i]);
        return _productive.Count > before;
    }

    private void DivideBytes()
    {
        int count = 1;
        foreach (ByteSet set in _all.OfType<ByteGrammar.Bytes>().Select(bytes => bytes.Set).Distinct())
        {
            var halves = new Dictionary<(byte, bool), byte>();
            for (int value = 0; value < Classes.Length; value++)
            {
                (byte, bool) half = (Classes[value], set.Contains((byte)value));
                if (!halves.TryGetValue(half, out byte index))
                    halves[half] = index = (byte)halves.Count;
                Classes[value] = index;
            }
            count = halves.Count;
        }
        Representatives = new byte[count];
        for (int value = 255; value >= 0; value--)
            Representatives[Classes[value]] = (byte)value;
    }
}
