using System.Xml.Linq;

namespace Weft.House.Tests;

/// <summary>One project and what its file, with the files it imports, asks for.</summary>
internal sealed record ProjectFile(string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string Folder => Path[..Path.LastIndexOf('/')];

    public static IReadOnlyList<ProjectFile> All { get; } =
        [.. Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)).Select(Read)];

    public static IEnumerable<ProjectFile> In(string folder) =>
        All.Where(project => project.Path.StartsWith(folder + "/", StringComparison.Ordinal));

    /// <summary>This project and every one it reaches.</summary>
    public IEnumerable<ProjectFile> Reach()
    {
        HashSet<string> seen = [Name];
        Queue<ProjectFile> waiting = new([this]);
        while (waiting.TryDequeue(out ProjectFile? project))
        {
            yield return project;
            foreach (ProjectFile next in All.Where(other => project.References.Contains(other.Name) && seen.Add(other.Name)))
                waiting.Enqueue(next);
        }
    }

    private static ProjectFile Read(string path)
    {
        XElement[] items = [.. Items(Repository.FullPath(path))];
        return new(path,
            [.. items.Where(item => item.Name.LocalName == "ProjectReference" && IsLinked(item))
                .Select(item => System.IO.Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value.Replace('\\', '/')))],
            [.. items.Where(item => item.Name.LocalName == "PackageReference").Select(item => item.Attribute("Include")?.Value).OfType<string>()]);
    }

    /// <summary>A reference without its assembly is an order of building, not a dependency.</summary>
    private static bool IsLinked(XElement reference)
    {
        string? value = reference.Attribute("ReferenceOutputAssembly")?.Value
            ?? reference.Elements().FirstOrDefault(child => child.Name.LocalName == "ReferenceOutputAssembly")?.Value;
        return !string.Equals(value, "false", StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<XElement> Items(string file)
    {
        XDocument document = XDocument.Load(file);
        foreach (XElement element in document.Descendants())
        {
            if (element.Name.LocalName is "ProjectReference" or "PackageReference")
                yield return element;
            if (element.Name.LocalName != "Import" || element.Attribute("Project")?.Value is not { } import)
                continue;
            string imported = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!, import.Replace('\\', '/'));
            if (File.Exists(imported))
                foreach (XElement item in Items(imported))
                    yield return item;
        }
    }
}
