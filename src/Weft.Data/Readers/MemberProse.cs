using System.Xml.Linq;

namespace Weft.Data;

/// <summary>Renders one documented member as prose.</summary>
internal static class MemberProse
{
    /// <summary>
    /// Title, summary, type parameters, parameters, returned value, exceptions, remarks, examples; one thing a line.
    /// Null when the member carries no text of its own.
    /// </summary>
    public static string? Render(XElement member, string id, TypeNames types)
    {
        var lines = new List<string>();
        AddBlocks(lines, member, "summary", "", types);
        AddNamed(lines, member, "typeparam", "Type parameters:", types);
        AddNamed(lines, member, "param", "Parameters:", types);
        AddBlocks(lines, member, "returns", "Returns: ", types);
        AddBlocks(lines, member, "value", "Value: ", types);
        foreach (XElement exception in member.Elements("exception"))
        {
            string name = MemberName.Reference((string?)exception.Attribute("cref") ?? "Exception", types);
            string text = ProseText.OneLine(exception, types);
            lines.Add(text.Length == 0 ? $"Throws {name}." : $"Throws {name}: {text}");
        }
        AddBlocks(lines, member, "remarks", "Remarks: ", types);
        AddBlocks(lines, member, "example", "Example: ", types);
        if (lines.Count == 0)
            return null;
        return string.Join('\n', lines.Prepend(MemberName.Title(id, types, [.. TypeParameters(member)])));
    }

    /// <summary>Names of the type parameters that a member documents, in order.</summary>
    public static IEnumerable<string> TypeParameters(XElement member) =>
        member.Elements("typeparam").Select(parameter => (string?)parameter.Attribute("name") ?? "T");

    private static void AddBlocks(List<string> lines, XElement member, string element, string label, TypeNames types)
    {
        foreach (XElement block in member.Elements(element))
        {
            string text = ProseText.Block(block, types);
            if (text.Length > 0)
                lines.Add(label + text);
        }
    }

    private static void AddNamed(List<string> lines, XElement member, string element, string heading, TypeNames types)
    {
        int before = lines.Count;
        foreach (XElement parameter in member.Elements(element))
            if (ProseText.OneLine(parameter, types) is { Length: > 0 } text)
                lines.Add($"{(string?)parameter.Attribute("name")}: {text}");
        if (lines.Count > before)
            lines.Insert(before, heading);
    }
}
