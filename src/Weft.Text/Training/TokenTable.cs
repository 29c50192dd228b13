namespace Weft.Text;

/// <summary>The tokens of a vocabulary that is being learned, by id and by text.</summary>
internal sealed class TokenTable
{
    private readonly List<string> _tokens = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <param name="specialTokens">Take the ids from 0 on; no merge may spell one.</param>
    /// <param name="alphabet">The symbols that learning begins with.</param>
    /// <exception cref="ArgumentException">A special token is such a symbol.</exception>
    public TokenTable(IReadOnlyList<string> specialTokens, IEnumerable<string> alphabet)
    {
        SpecialCount = specialTokens.Count;
        foreach (string token in specialTokens.Concat(alphabet))
            if (!TryAdd(token))
                throw new ArgumentException($"special token '{token}' is a character of the corpus; give it a longer name", nameof(specialTokens));
    }

    public int Count => _tokens.Count;

    public int SpecialCount { get; }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    public string this[int id] => _tokens[id];

    public bool TryAdd(string token)
    {
        if (!_ids.TryAdd(token, _tokens.Count))
            return false;
        _tokens.Add(token);
        return true;
    }
}
