using System.IO.Compression;
using System.Text;

namespace Weft.Text.Benchmarks;

/// <summary>Files of the shared assets: in the folder that WEFT_ASSETS names, or in shared/assets beside or above the checkout.</summary>
internal static class Assets
{
    public static string Path(string name)
    {
        if (Environment.GetEnvironmentVariable("WEFT_ASSETS") is { Length: > 0 } given)
            return System.IO.Path.Combine(given, name);
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (System.IO.Path.Combine(folder.FullName, "shared", "assets") is string assets && Directory.Exists(assets))
                return System.IO.Path.Combine(assets, name);
        throw new DirectoryNotFoundException("there is no folder shared/assets here or above; name it in the environment variable WEFT_ASSETS");
    }

    /// <summary>A text, unpacked when its name ends in .gz.</summary>
    public static string Text(string name)
    {
        using Stream file = File.OpenRead(Path(name));
        using Stream stream = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        return new StreamReader(stream, Encoding.UTF8).ReadToEnd();
    }

    public static string English { get; } = Text("datasets/books/war-and-peace.txt.gz");

    public static string Chinese { get; } = string.Concat(Directory.GetFiles(Path("datasets/zh_thucnews")).Order(StringComparer.Ordinal).Where(file => file.Contains(".txt", StringComparison.Ordinal))
        .Select(file => Text(file)));
}
