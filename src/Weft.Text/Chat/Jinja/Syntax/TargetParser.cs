namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>Parses what is assigned to: names, tuples of them and, after set, attributes of a namespace.</summary>
internal sealed class TargetParser(TokenStream stream)
{
    private static readonly string[] Constants = ["true", "false", "none", "True", "False", "None"];

    public NameTarget ParseName()
    {
        Token name = stream.ExpectName();
        return Constants.Contains(name.Text)
            ? throw stream.Fault($"'{name.Text}' cannot be assigned to; use another name", name.Line)
            : new NameTarget(name.Text, name.Line);
    }

    public Target Parse(bool withAttributes = false, Func<bool>? isEnd = null)
    {
        int line = stream.Line;
        var items = new List<Target>();
        bool isTuple = false;
        while (!(stream.Current.Kind == TokenKind.BlockEnd || stream.IsOperator(")") || stream.IsOperator("=") || isEnd is not null && items.Count > 0 && isEnd()))
        {
            items.Add(ParseOne(withAttributes));
            if (!stream.SkipOperator(","))
                break;
            isTuple = true;
        }
        if (items.Count == 0)
            throw stream.Unexpected("a name to assign to");
        return isTuple ? new TupleTarget(items, line) : items[0];
    }

    private Target ParseOne(bool withAttributes)
    {
        int line = stream.Line;
        if (stream.SkipOperator("("))
        {
            Target inner = stream.Nested(() => Parse(withAttributes));
            stream.ExpectOperator(")");
            return inner;
        }
        NameTarget name = ParseName();
        return withAttributes && stream.SkipOperator(".") ? new AttributeTarget(name.Name, stream.ExpectName().Text, line) : name;
    }
}
