using System.Security.Cryptography;
using System.Text;

namespace Weft.Evaluation.Harness.Requests;

/// <summary>Tells models apart by what is in their files, whatever these are called and wherever they lie.</summary>
public static class ModelIdentity
{
    private static readonly string[] Endings = [".json", ".safetensors", ".gguf", ".model", ".txt", ".jinja", ".tiktoken", ".bin", ".pt", ".pth"];

    /// <summary>SHA-256 of all files that a model and its adapter consist of, as 64 hexadecimal digits. It reads them whole.</summary>
    /// <param name="paths">Folders or files.</param>
    /// <param name="ct">Asked for at each file.</param>
    public static string Of(IEnumerable<string> paths, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in paths)
        {
            string[] files = File.Exists(path) ? [path] : [.. Directory.GetFiles(path).Where(file => Endings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)];
            foreach (string file in files)
            {
                ct.ThrowIfCancellationRequested();
                using FileStream stream = File.OpenRead(file);
                // The name of a single file says nothing; in a folder it says what the file is for.
                all.AppendData(Encoding.UTF8.GetBytes(files.Length == 1 ? "" : Path.GetFileName(file)));
                all.AppendData(SHA256.HashData(stream));
            }
        }
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }
}
