namespace Weft;

/// <summary>
/// Replaces files whole: content goes to a temporary name in the same folder, is flushed to the disk, then renamed over the
/// target. A crash or a full disk leaves the old file or the new one, never half of one.
/// Linked as an internal class into each library that writes files.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/> through <paramref name="write"/>, creating its folder when needed.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old file is untouched.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        string temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes UTF-8 text without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Copies a file into a folder under its own name.</summary>
    public static void CopyInto(string folder, string file) => Write(Path.Combine(folder, Path.GetFileName(file)), target =>
    {
        using FileStream source = File.OpenRead(file);
        source.CopyTo(target);
    });
}
