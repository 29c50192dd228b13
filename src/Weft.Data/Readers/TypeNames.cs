namespace Weft.Data;

/// <summary>
/// What a set of documentation files says about type names: which dotted prefixes are types (a documentation id does not tell
/// a namespace from an outer type) and what their type parameters are called.
/// </summary>
internal sealed class TypeNames
{
    private readonly Dictionary<string, string[]> _typeParameters = new(StringComparer.Ordinal);

    /// <summary>C#'s own words for types, by full name.</summary>
    public static IReadOnlyDictionary<string, string> Keywords { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["System.Boolean"] = "bool",
        ["System.Byte"] = "byte",
        ["System.SByte"] = "sbyte",
        ["System.Char"] = "char",
        ["System.Decimal"] = "decimal",
        ["System.Double"] = "double",
        ["System.Single"] = "float",
        ["System.Int16"] = "short",
        ["System.Int32"] = "int",
        ["System.Int64"] = "long",
        ["System.UInt16"] = "ushort",
        ["System.UInt32"] = "uint",
        ["System.UInt64"] = "ulong",
        ["System.IntPtr"] = "nint",
        ["System.UIntPtr"] = "nuint",
        ["System.Object"] = "object",
        ["System.String"] = "string",
        ["System.Void"] = "void",
    };

    /// <param name="path">Full name with arities: <c>System.Collections.Generic.List`1</c>.</param>
    /// <param name="typeParameters">The type's own type parameters, in order.</param>
    public void Add(string path, string[] typeParameters) => _typeParameters.TryAdd(path, typeParameters);

    public bool IsType(string path) => _typeParameters.ContainsKey(path);

    /// <summary>Names of a type's parameters; T, or T1, T2 …, where no documentation names them.</summary>
    public string[] ParametersOf(string path, int arity) =>
        _typeParameters.TryGetValue(path, out string[]? names) && names.Length == arity ? names : Placeholders(arity);

    public static string[] Placeholders(int arity) =>
        arity == 1 ? ["T"] : [.. Enumerable.Range(1, arity).Select(i => $"T{i}")];

    /// <summary>
    /// How many leading segments are namespace: up to the outermost known type, else the first generic one, else the last.
    /// </summary>
    public int NamespaceLength(IReadOnlyList<string> segments)
    {
        string path = "";
        for (int i = 0; i < segments.Count; i++)
        {
            path = i == 0 ? segments[0] : $"{path}.{segments[i]}";
            if (IsType(path))
                return i;
        }
        for (int i = 0; i < segments.Count; i++)
            if (segments[i].Contains('`', StringComparison.Ordinal))
                return i;
        return segments.Count - 1;
    }
}
