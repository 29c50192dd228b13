using System.Text;
using System.Xml.Linq;

namespace Weft.Data;

/// <summary>
/// The text inside a documentation element: tags become what they stand for, runs of white space one space, paragraphs and list
/// items lines of their own, code keeps its lines.
/// </summary>
internal sealed class ProseText
{
    private readonly TypeNames _types;
    private readonly StringBuilder _text = new();
    private bool _space;
    private bool _break;

    private ProseText(TypeNames types) => _types = types;

    /// <summary>The element's text, a line per paragraph, item or line of code; no blank lines.</summary>
    public static string Block(XElement element, TypeNames types)
    {
        var prose = new ProseText(types);
        prose.AddChildren(element);
        return prose._text.ToString();
    }

    /// <summary>The element's text with every line break turned into a space.</summary>
    public static string OneLine(XElement element, TypeNames types) => Block(element, types).Replace('\n', ' ');

    private void AddChildren(XElement parent)
    {
        foreach (XNode node in parent.Nodes())
        {
            if (node is XText text)
                AddText(text.Value);
            else if (node is XElement element)
                AddElement(element);
        }
    }

    private void AddElement(XElement element)
    {
        switch (element.Name.LocalName)
        {
            case "see" or "xref" or "a":
                AddReference(element);
                break;
            case "paramref" or "typeparamref":
                AddText((string?)element.Attribute("name") ?? "");
                break;
            case "code" when element.Value.Contains('\n', StringComparison.Ordinal):
                AddCode(element.Value);
                break;
            case "sup":
                // 10<sup>x</sup> read flat would be another number.
                AddText("^");
                AddChildren(element);
                break;
            case "para" or "p" or "div" or "ul" or "ol" or "list" or "example":
                AddLines(element);
                break;
            case "br":
                _break = true;
                break;
            case "listheader":
                AddListItem(element, "");
                break;
            case "item" or "li":
                AddListItem(element, "- ");
                break;
            case "seealso" or "inheritdoc" or "include" or "script" or "devremarks" or "forInternalUseOnly":
                break;
            default:
                AddChildren(element);
                break;
        }
    }

    private void AddReference(XElement element)
    {
        if (element.Attribute("langword") is { } word)
            AddText(word.Value);
        else if (element.Nodes().Any())
            AddChildren(element);
        else if (element.Attribute("cref") is { } id)
            AddText(MemberName.Reference(id.Value, _types));
        else if (element.Attribute("uid") is { } target)
            AddText(MemberName.Reference(Identify(target.Value), _types));
        else
            AddText((string?)element.Attribute("href") ?? "");
    }

    /// <summary>An <c>xref</c> does not tell a type from a member; the known types do.</summary>
    private string Identify(string target)
    {
        if (target.Contains('(', StringComparison.Ordinal))
            return "M:" + target;
        return (_types.IsType(target) || !target.Contains('.', StringComparison.Ordinal) ? "T:" : "P:") + target;
    }

    private void AddListItem(XElement item, string bullet)
    {
        _break = true;
        AddText(bullet);
        XElement[] cells = [.. item.Elements().Where(e => e.Name.LocalName is "term" or "description")];
        if (cells.Length == 0)
            AddChildren(item);
        for (int i = 0; i < cells.Length; i++)
        {
            if (i > 0)
                AddText(": ");
            AddChildren(cells[i]);
            // White space at a cell's edge must not part the colon from its word.
            _space = false;
            _break = false;
        }
        _break = true;
    }

    private void AddLines(XElement element)
    {
        _break = true;
        AddChildren(element);
        _break = true;
    }

    private void AddCode(string code)
    {
        string[] lines = code.Split('\n');
        // The file's own indentation is taken off; the first line begins behind the tag and has none.
        int indentation = lines.Skip(1).Where(line => !string.IsNullOrWhiteSpace(line))
            .Select(line => line.Length - line.AsSpan().TrimStart().Length).DefaultIfEmpty(0).Min();
        for (int i = 0; i < lines.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
                continue;
            _break = true;
            Separate();
            _text.Append(i == 0 ? lines[i].Trim() : lines[i][indentation..].TrimEnd());
        }
        _break = true;
    }

    private void AddText(string text)
    {
        int lineFeeds = 0;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                // A blank line in the source parts paragraphs, as in "-or-" between two conditions.
                lineFeeds += c == '\n' ? 1 : 0;
                _break |= lineFeeds > 1;
                _space = true;
                continue;
            }
            lineFeeds = 0;
            Separate();
            _text.Append(c);
        }
    }

    private void Separate()
    {
        if (_text.Length > 0 && _break)
            _text.Append('\n');
        else if (_text.Length > 0 && _space)
            _text.Append(' ');
        _break = _space = false;
    }
}
