using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Weft.Model.Checkpoints.Hub;

/// <summary>The checksum that an etag is, computed while the content passes by.</summary>
internal sealed class BlobHash : IDisposable
{
    private const int Sha256Digits = 64;

    private readonly IncrementalHash _hash;

    /// <summary>Begins.</summary>
    /// <param name="file">Its etag has 64 digits for sha256, else 40.</param>
    [SuppressMessage("Security", "CA5350", Justification = "git names its blobs so")]
    public BlobHash(RemoteFile file)
    {
        Name = file.Etag.Length == Sha256Digits ? "sha256" : "git's sha1";
        _hash = IncrementalHash.CreateHash(file.Etag.Length == Sha256Digits ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        // git hashes a header before the content.
        if (file.Etag.Length != Sha256Digits)
            _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"blob {file.Size}\0")));
    }

    /// <summary>Of the checksum, for people.</summary>
    public string Name { get; }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> content) => _hash.AppendData(content);

    /// <summary>The checksum in hexadecimal.</summary>
    public string Complete() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
