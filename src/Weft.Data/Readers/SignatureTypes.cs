using System.Globalization;
using System.Text;

namespace Weft.Data;

/// <summary>
/// Renders the types inside a documentation id's parameter list as C#: <c>System.Nullable{System.Int32}[]</c> is <c>int?[]</c>.
/// What the grammar does not cover is kept as written, since a name is better odd than lost.
/// </summary>
internal sealed class SignatureTypes(
    TypeNames types, IReadOnlyList<string> typeParameters, IReadOnlyList<string> methodParameters)
{
    private const string NameEnds = "{},[]*@^|!()";

    private string _text = "";
    private int _at;

    /// <summary>The types of a comma-separated list.</summary>
    public IReadOnlyList<string> Render(string list)
    {
        (_text, _at) = (list, 0);
        var rendered = new List<string>();
        while (_at < _text.Length)
        {
            int before = _at;
            rendered.Add(Type());
            if (_at < _text.Length && _text[_at] == ',')
                _at++;
            if (_at == before)
                return [list];
        }
        return rendered;
    }

    /// <summary><c>System#Collections#Generic#IDictionary{TKey@TValue}</c> is <c>IDictionary&lt;TKey, TValue&gt;</c>.</summary>
    public static string RenderExplicitInterface(string text)
    {
        string dotted = text.Replace('#', '.').Replace('<', '{').Replace('>', '}').Replace('@', ',');
        return string.Join(", ", new SignatureTypes(new TypeNames(), [], []).Render(dotted));
    }

    private string Type()
    {
        var path = new List<string>();
        var parts = new List<string>();
        while (true)
        {
            string[] segments = Name().TrimStart('.').Split('.');
            string[] arguments = Peek() == '{' ? Arguments() : [];
            path.AddRange(segments);
            parts.AddRange(segments);
            if (arguments.Length > 0)
            {
                path[^1] += $"`{arguments.Length}";
                parts[^1] = Generic(string.Join('.', path), parts[^1], arguments);
            }
            // A generic outer type continues with its nested type: Dictionary{K,V}.Enumerator.
            if (arguments.Length == 0 || Peek() != '.')
                break;
        }
        string result = TypeNames.Keywords.TryGetValue(string.Join('.', path), out string? keyword)
            ? keyword
            : string.Join('.', parts.Skip(types.NamespaceLength(path)).Select(TypeParameter));
        return Suffixes(result);
    }

    private static string Generic(string path, string name, string[] arguments) => path switch
    {
        "System.Nullable`1" => arguments[0] + "?",
        _ when path.StartsWith("System.ValueTuple`", StringComparison.Ordinal) && arguments.Length > 1 =>
            $"({string.Join(", ", arguments)})",
        _ => $"{name}<{string.Join(", ", arguments)}>",
    };

    private string TypeParameter(string name)
    {
        bool method = name.StartsWith("``", StringComparison.Ordinal);
        IReadOnlyList<string> names = method ? methodParameters : typeParameters;
        return name.StartsWith('`')
            && int.TryParse(name.AsSpan(method ? 2 : 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && index < names.Count ? names[index] : name;
    }

    private string Suffixes(string type)
    {
        var suffixed = new StringBuilder(type);
        bool byReference = false;
        // The id of int[][,] lists the ranks from the inside out; C# writes them from the outside in.
        var ranks = new List<string>();
        while (_at < _text.Length)
        {
            char mark = _text[_at];
            if (mark == '[')
                ranks.Add(ArrayRank());
            else if (mark is '|' or '!' && ++_at < _text.Length)
                Type();
            else if (mark is '*' or '@' or '^')
            {
                _at++;
                byReference |= mark == '@';
                if (mark == '*')
                {
                    Flush();
                    suffixed.Append('*');
                }
                // A function pointer, as some compilers write it: delegate* unmanaged{...}.
                if (mark == '*' && Peek() == ' ')
                    suffixed.Append(Name()).Append(Peek() == '{' ? $"<{string.Join(", ", Arguments())}>" : "");
            }
            else
                break;
        }
        Flush();
        return byReference ? $"ref {suffixed}" : suffixed.ToString();

        void Flush()
        {
            for (int i = ranks.Count - 1; i >= 0; i--)
                suffixed.Append(ranks[i]);
            ranks.Clear();
        }
    }

    private string ArrayRank()
    {
        int close = _text.IndexOf(']', _at);
        if (close < 0)
            close = _text.Length - 1;
        int commas = _text.AsSpan(_at, close - _at).Count(',');
        _at = close + 1;
        return $"[{new string(',', commas)}]";
    }

    private string[] Arguments()
    {
        var arguments = new List<string>();
        _at++;
        while (_at < _text.Length && _text[_at] != '}')
        {
            int before = _at;
            arguments.Add(Type());
            if (Peek() == ',')
                _at++;
            if (_at == before)
                break;
        }
        if (Peek() == '}')
            _at++;
        return [.. arguments];
    }

    private string Name()
    {
        int start = _at;
        while (_at < _text.Length && !NameEnds.Contains(_text[_at], StringComparison.Ordinal))
            _at++;
        string name = _text[start.._at].Trim();
        // Part of a function pointer's type, so it keeps the space before it.
        return name == "unmanaged" && _text[start] == ' ' ? " unmanaged" : name;
    }

    private char Peek() => _at < _text.Length ? _text[_at] : '\0';
}
