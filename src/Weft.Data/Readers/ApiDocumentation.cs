using System.Xml;
using System.Xml.Linq;

namespace Weft.Data;

/// <summary>
/// The English API documentation that every .NET SDK carries, as readable prose: about 16 MB of text that is already on
/// the machine of whoever builds Weft, so a first model needs no download.
/// </summary>
/// <remarks>
/// One document per member, a few hundred characters each: whole documents fit into a short training context, and a hash of the
/// text spreads members of one type over all splits. The text is Microsoft's and the .NET contributors', under CC BY 4.0 and MIT;
/// it is read where it lies and never copied into a release.
/// </remarks>
public static class ApiDocumentation
{
    // Their documentation is C signatures and opcodes of one instruction each, not English.
    private static readonly string[] InstructionNamespaces =
        ["System.Runtime.Intrinsics.X86.", "System.Runtime.Intrinsics.Arm.", "System.Runtime.Intrinsics.Wasm."];

    /// <summary>
    /// The documentation files of the base library and of ASP.NET Core, newest version of each, sorted ordinally. Searched: the
    /// <c>packs</c> folder of the running SDK and of those named by DOTNET_ROOT and PATH, then the reference packages in NuGet's
    /// global folder, for SDKs that were built from source come without these files.
    /// </summary>
    /// <exception cref="FileNotFoundException">There are none; the message names the places searched and the remedy.</exception>
    public static IReadOnlyList<string> FindFiles() =>
        SdkFolders.FindFiles(SdkFolders.DotnetRoots(), SdkFolders.PackageFolder());

    /// <summary>
    /// Reads documentation files, one document per member in the files' order: a line with the member's C# name and kind, then
    /// summary, parameters, returned value, exceptions and remarks. Left out: members without text of their own
    /// (<c>inheritdoc</c>), members that an earlier file documents too, and hardware instructions.
    /// </summary>
    /// <param name="files">
    /// XML files as the C# compiler writes them. Each is read twice, since names need the types of all.
    /// </param>
    /// <param name="ct">Checked at each member.</param>
    /// <exception cref="InvalidDataException">
    /// A file is not well-formed documentation; the message names file and line.
    /// </exception>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    public static IEnumerable<TextDocument> Read(IEnumerable<string> files, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return ReadAll([.. files], ct);
    }

    private static IEnumerable<TextDocument> ReadAll(string[] files, CancellationToken ct)
    {
        var types = new TypeNames();
        foreach ((_, string id, XElement member) in files.SelectMany(file => Members(file, ct)))
            if (id.StartsWith("T:", StringComparison.Ordinal))
                types.Add(id[2..], [.. MemberProse.TypeParameters(member)]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string file, string id, XElement member) in files.SelectMany(file => Members(file, ct)))
        {
            if (IsInstruction(id) || MemberProse.Render(member, id, types) is not { } text || !seen.Add(id))
                continue;
            yield return new TextDocument(text, $"{Path.GetFileName(file)}#{id}");
        }
    }

    private static bool IsInstruction(string id) =>
        InstructionNamespaces.Any(prefix => id.AsSpan(2).StartsWith(prefix, StringComparison.Ordinal));

    private static IEnumerable<(string File, string Id, XElement Member)> Members(string file, CancellationToken ct)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        using FileStream stream = File.OpenRead(file);
        using var reader = XmlReader.Create(stream, settings);
        CheckRoot(reader, file);
        while (NextMember(reader, file) is { } member)
        {
            ct.ThrowIfCancellationRequested();
            if ((string?)member.Attribute("name") is { Length: > 2 } id)
                yield return (file, id, member);
        }
    }

    private static void CheckRoot(XmlReader reader, string file)
    {
        try
        {
            reader.MoveToContent();
        }
        catch (XmlException broken)
        {
            throw Bad(file, broken);
        }
        if (reader.Name != "doc")
            throw new InvalidDataException(
                $"{file}: the root element is '{reader.Name}', expected 'doc' of C# documentation; leave it out");
    }

    private static XElement? NextMember(XmlReader reader, string file)
    {
        try
        {
            // ReadFrom already moves past the member; a Read before the test would skip every second of two adjacent ones.
            while (!reader.EOF)
            {
                if (reader.NodeType == XmlNodeType.Element && reader.Name == "member")
                    return (XElement)XNode.ReadFrom(reader);
                reader.Read();
            }
            return null;
        }
        catch (XmlException broken)
        {
            throw Bad(file, broken);
        }
    }

    private static InvalidDataException Bad(string file, XmlException broken) =>
        new($"{file}: line {broken.LineNumber}: {broken.Message.ReplaceLineEndings(" ")}; repair the file or leave it out",
            broken);
}
