using System.Globalization;

namespace Weft.Data;

/// <summary>
/// Turns documentation ids (C# specification, annex D.4.2) into the names a C# programmer would write:
/// <c>M:System.Collections.Generic.List`1.Insert(System.Int32,`0)</c> becomes <c>List&lt;T&gt;.Insert(int, T)</c>.
/// </summary>
internal sealed class MemberName
{
    private static readonly Dictionary<string, string> OperatorSymbols = new(StringComparer.Ordinal)
    {
        ["UnaryPlus"] = "+",
        ["UnaryNegation"] = "-",
        ["LogicalNot"] = "!",
        ["OnesComplement"] = "~",
        ["Increment"] = "++",
        ["Decrement"] = "--",
        ["True"] = "true",
        ["False"] = "false",
        ["Addition"] = "+",
        ["Subtraction"] = "-",
        ["Multiply"] = "*",
        ["Division"] = "/",
        ["Modulus"] = "%",
        ["BitwiseAnd"] = "&",
        ["BitwiseOr"] = "|",
        ["ExclusiveOr"] = "^",
        ["LeftShift"] = "<<",
        ["RightShift"] = ">>",
        ["UnsignedRightShift"] = ">>>",
        ["Equality"] = "==",
        ["Inequality"] = "!=",
        ["LessThan"] = "<",
        ["GreaterThan"] = ">",
        ["LessThanOrEqual"] = "<=",
        ["GreaterThanOrEqual"] = ">=",
    };

    private readonly char _kind;
    private readonly string _owner;
    private readonly string _namespace;
    private readonly string _member;
    private readonly string? _arguments;
    private readonly string? _result;

    private MemberName(string id, TypeNames types, IReadOnlyList<string>? methodTypeParameters)
    {
        _kind = id[0];
        (string path, string? arguments, string? result) = Split(id[2..]);
        List<string> segments = [.. path.Split('.')];
        string member = "";
        if (_kind is not ('T' or 'N') && segments.Count > 1)
        {
            member = segments[^1];
            segments.RemoveAt(segments.Count - 1);
        }
        int namespaceLength = _kind == 'N' ? 0 : types.NamespaceLength(segments);
        _namespace = string.Join('.', segments.Take(namespaceLength));
        var ownerParameters = new List<string>();
        _owner = OwnerName(segments, namespaceLength, types, ownerParameters);
        (_member, int arity) = SplitArity(member);
        string[] methodParameters =
            methodTypeParameters?.Count == arity ? [.. methodTypeParameters] : TypeNames.Placeholders(arity);
        if (arity > 0 && methodTypeParameters is not null)
            _member += $"<{string.Join(", ", methodParameters)}>";
        var signature = new SignatureTypes(types, ownerParameters, methodParameters);
        _arguments = arguments is null ? null : string.Join(", ", signature.Render(arguments));
        _result = result is null ? null : string.Join(", ", signature.Render(result));
    }

    /// <summary>The first line of a member's documentation: its C# name and what it is.</summary>
    /// <param name="id">
    /// A documentation id with its kind: <c>T:</c>, <c>M:</c>, <c>P:</c>, <c>F:</c>, <c>E:</c> or <c>N:</c>.
    /// </param>
    /// <param name="types">Known types.</param>
    /// <param name="methodTypeParameters">Names of a generic method's own type parameters, in order.</param>
    public static string Title(string id, TypeNames types, IReadOnlyList<string> methodTypeParameters)
    {
        if (!IsId(id))
            return id;
        var name = new MemberName(id, types, methodTypeParameters);
        return name._kind switch
        {
            'T' when name._namespace.Length > 0 => $"{name._owner} type in {name._namespace}",
            'T' => $"{name._owner} type",
            'N' => $"{name._owner} namespace",
            'F' => $"{name._owner}.{name._member} field",
            'E' => $"{name._owner}.{name.ExplicitMember()} event",
            'P' when name._arguments is not null => $"{name.Indexer()} indexer",
            'P' => $"{name._owner}.{name.ExplicitMember()} property",
            _ => name.MethodTitle(),
        };
    }

    /// <summary>The name inside a sentence: no kind, no parameter list except an indexer's.</summary>
    public static string Reference(string id, TypeNames types)
    {
        if (!IsId(id))
            return id.StartsWith("!:", StringComparison.Ordinal) ? id[2..] : id;
        var name = new MemberName(id, types, null);
        return name._kind switch
        {
            'T' or 'N' => name._owner,
            'P' when name._arguments is not null => name.Indexer(),
            _ when name._member is "#ctor" or "#cctor" => name._owner,
            _ when name._member.StartsWith("op_", StringComparison.Ordinal) => name.Operator(),
            _ => $"{name._owner}.{name.ExplicitMember()}",
        };
    }

    private static bool IsId(string id) => id.Length > 2 && id[1] == ':' && "TMPFENO".Contains(id[0], StringComparison.Ordinal);

    private string MethodTitle()
    {
        string arguments = $"({_arguments})";
        return _member switch
        {
            "#ctor" => $"{_owner}{arguments} constructor",
            "#cctor" => $"{_owner} static constructor",
            "Finalize" when _arguments is null => $"{_owner}.Finalize() finalizer",
            _ when _member.StartsWith("op_", StringComparison.Ordinal) => Operator() + arguments,
            _ => $"{_owner}.{ExplicitMember()}{arguments} method",
        };
    }

    private string Operator()
    {
        string name = _member["op_".Length..];
        string modifier = name.StartsWith("Checked", StringComparison.Ordinal) ? "checked " : "";
        name = name[(modifier.Length > 0 ? "Checked".Length : 0)..];
        if (name is "Implicit" or "Explicit")
        {
            string word = name == "Implicit" ? "implicit" : "explicit";
            return _result is null ? $"{_owner}.{word} operator" : $"{_owner}.{word} operator {modifier}{_result}";
        }
        if (OperatorSymbols.TryGetValue(name, out string? symbol))
            return $"{_owner}.operator {modifier}{symbol}";
        // Compound assignment of C# 14: op_AdditionAssignment is +=.
        if (name.EndsWith("Assignment", StringComparison.Ordinal)
            && OperatorSymbols.TryGetValue(name[..^"Assignment".Length], out symbol))
            return $"{_owner}.operator {modifier}{symbol}{(symbol is "++" or "--" ? "" : "=")}";
        return $"{_owner}.{_member}";
    }

    private string Indexer()
    {
        string member = ExplicitMember();
        int dot = member.LastIndexOf('.');
        return $"{_owner}.{(dot < 0 ? "" : member[..(dot + 1)])}this[{_arguments}]";
    }

    /// <summary><c>System#Collections#IList#Add</c> is <c>IList.Add</c>, implemented explicitly.</summary>
    private string ExplicitMember()
    {
        int last = LastHash(_member);
        if (last <= 0)
            return _member;
        return $"{SignatureTypes.RenderExplicitInterface(_member[..last])}.{_member[(last + 1)..]}";
    }

    private static int LastHash(string member)
    {
        int depth = 0;
        for (int i = member.Length - 1; i >= 0; i--)
        {
            depth += member[i] switch { '}' or '>' => 1, '{' or '<' => -1, _ => 0 };
            if (member[i] == '#' && depth == 0)
                return i;
        }
        return -1;
    }

    private static (string Path, string? Arguments, string? Result) Split(string body)
    {
        string? result = null;
        int tilde = body.LastIndexOf('~');
        if (tilde >= 0)
            (body, result) = (body[..tilde], body[(tilde + 1)..]);
        int open = body.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
            return (body, null, result);
        int end = body.EndsWith(')') ? body.Length - 1 : body.Length;
        return (body[..open], body[(open + 1)..end], result);
    }

    private static string OwnerName(List<string> segments, int namespaceLength, TypeNames types, List<string> parameters)
    {
        var parts = new List<string>();
        string path = string.Join('.', segments.Take(namespaceLength));
        foreach (string segment in segments.Skip(namespaceLength))
        {
            path = path.Length == 0 ? segment : $"{path}.{segment}";
            (string name, int arity) = SplitArity(segment);
            string[] own = types.ParametersOf(path, arity);
            parameters.AddRange(own);
            parts.Add(arity == 0 ? name : $"{name}<{string.Join(", ", own)}>");
        }
        return string.Join('.', parts);
    }

    private static (string Name, int Arity) SplitArity(string segment)
    {
        int tick = segment.IndexOf('`', StringComparison.Ordinal);
        if (tick < 0)
            return (segment, 0);
        // An arity beyond any real one is a damaged id: shown as it stands rather than expanded.
        ReadOnlySpan<char> digits = segment.AsSpan(tick).TrimStart('`');
        bool real = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int arity) && arity <= 64;
        return real ? (segment[..tick], arity) : (segment, 0);
    }
}
