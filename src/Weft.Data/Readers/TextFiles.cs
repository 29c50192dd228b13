namespace Weft.Data;

/// <summary>
/// The user's own text: UTF-8 (with or without a byte order mark) or UTF-16 with one, plain or gzip-compressed.
/// </summary>
public static class TextFiles
{
    /// <summary>What a folder or a glob contributes; a file that is named takes part whatever its ending.</summary>
    private static readonly string[] TextEndings = [".txt", ".text", ".md", ".markdown", ".rst", ".cs"];

    /// <summary>
    /// Replaces folders and globs by the files they stand for, without repetition, sorted ordinally. A folder gives, with its
    /// subfolders, the files that end in .txt, .text, .md, .markdown, .rst or .cs, or in one of these and .gz; JSON and other
    /// data formats are not prose and must be named. A glob (<c>*</c> and <c>?</c> within a name, <c>**</c> for any folders)
    /// gives every file that matches. Both skip hidden names, build outputs (bin, obj) and linked folders.
    /// </summary>
    /// <param name="paths">Files, folders and globs, in any mixture.</param>
    /// <exception cref="FileNotFoundException">A path stands for nothing; the message names it.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder cannot be listed.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            string[] matches = [.. Matches(path)];
            if (matches.Length == 0)
                throw new FileNotFoundException(Directory.Exists(path)
                    ? $"{path}: the folder holds no text file ({string.Join(" ", TextEndings)}, or one of them and .gz); "
                        + "name the files themselves"
                    : $"{path}: no such file or folder, and no file matches it; check the spelling", path);
            foreach (string match in matches)
                files.TryAdd(Path.GetFullPath(match), match);
        }
        return [.. files.Values.Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Reads files as documents. A file is cut at blank lines into documents of about 2,000 characters, the last being what is
    /// left, so that one long file can be split and shuffled.
    /// </summary>
    /// <remarks>
    /// The exact rule: lines are gathered; at a blank line (nothing but white space) after 2,000 characters or more the document
    /// ends; at any line end after 4,000; after more than 8,000 characters of blank lines; a single line longer than 8,000 may be
    /// cut after a white space, or after 8,000 characters where it has none.
    /// A document loses its blank lines at the start and its white space at the end, and nothing else: its documents in order,
    /// with that white space put back between them, are the file's content to the character (line ends are not changed).
    /// </remarks>
    /// <param name="files">Paths, as <see cref="Expand"/> gives them.</param>
    /// <param name="ct">Checked at each document.</param>
    /// <exception cref="InvalidDataException">
    /// A file is empty, not text (a NUL or bytes that are no valid UTF-8 or UTF-16) or damaged gzip; the message names file and
    /// byte.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static IEnumerable<TextDocument> Read(IEnumerable<string> files, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return ReadAll(files, ct);
    }

    /// <summary>Reads files as one document each, to the character.</summary>
    /// <param name="files">Paths, as <see cref="Expand"/> gives them.</param>
    /// <param name="ct">Checked at each piece.</param>
    /// <exception cref="InvalidDataException">
    /// A file is empty, not text or damaged gzip; the message names file and byte.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IEnumerable<TextDocument> ReadWhole(IEnumerable<string> files, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (string file in files)
        {
            var text = new System.Text.StringBuilder();
            foreach (ReadOnlyMemory<char> piece in TextDecoder.Decode(file))
            {
                ct.ThrowIfCancellationRequested();
                text.Append(piece);
            }
            yield return new TextDocument(text.ToString(), file);
        }
    }

    private static IEnumerable<TextDocument> ReadAll(IEnumerable<string> files, CancellationToken ct)
    {
        foreach (string file in files)
        {
            int section = 0;
            foreach (string text in TextSections.Split(TextDecoder.Decode(file)))
            {
                ct.ThrowIfCancellationRequested();
                yield return new TextDocument(text, $"{file}#{++section}");
            }
            if (section == 0)
                throw new InvalidDataException($"{file}: the file holds no text; fill it or leave it out");
        }
    }

    private static IEnumerable<string> Matches(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            return [];
        // Asked first: a file's own name may contain the signs of a glob.
        if (File.Exists(path))
            return [path];
        if (Directory.Exists(path))
            return FileGlob.FilesBelow(path).Where(IsTextLike);
        return FileGlob.IsGlob(path) ? FileGlob.Match(path) : [];
    }

    private static bool IsTextLike(string file)
    {
        ReadOnlySpan<char> name = file;
        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            name = name[..^".gz".Length];
        foreach (string ending in TextEndings)
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
