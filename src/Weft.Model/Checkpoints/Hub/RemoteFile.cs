namespace Weft.Model.Checkpoints.Hub;

/// <summary>A file as the server describes it.</summary>
/// <param name="Path">Inside the repository.</param>
/// <param name="Etag">Its checksum: sha256 where the file lies in LFS, else git's sha1. The name of its blob.</param>
/// <param name="Size">In bytes.</param>
internal sealed record RemoteFile(string Path, string Etag, long Size);

/// <summary>Facts in the headers of the endpoint's own answers, collected over its redirects.</summary>
/// <param name="Commit">X-Repo-Commit.</param>
/// <param name="Etag">X-Linked-Etag, or else ETag, without quotes.</param>
/// <param name="Size">X-Linked-Size, or else Content-Length of a success.</param>
/// <remarks>As in huggingface_hub's <c>get_hf_file_metadata</c> and <c>_normalize_etag</c> (file_download.py).</remarks>
internal readonly record struct FileFacts(string? Commit, string? Etag, long? Size)
{
    /// <summary>Adds what a further answer says; what only an earlier one said stays.</summary>
    public FileFacts With(HttpResponseMessage response)
    {
        string? etag = Header(response, "X-Linked-Etag"), size = Header(response, "X-Linked-Size");
        // The tag and the length of a redirect are those of its own page.
        bool own = response.IsSuccessStatusCode;
        long? length = size is null
            ? own ? Size ?? response.Content.Headers.ContentLength : null
            : long.TryParse(size, System.Globalization.NumberStyles.None, null, out long value) ? value : null;
        return new(
            Header(response, "X-Repo-Commit") ?? Commit,
            Normalize(etag) ?? Etag ?? (own ? Normalize(Header(response, "ETag")) : null),
            length ?? Size);
    }

    /// <summary>A header as it came, several joined; null where it is absent.</summary>
    public static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues values) ? values.ToString() : null;

    private static string? Normalize(string? etag) => etag?.TrimStart('W', '/').Trim('"');
}
