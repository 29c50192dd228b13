using System.Text.Json;

namespace Weft.Model.Checkpoints.Hub;

/// <summary>What <c>GET /api/models/{repository}/revision/{revision}</c> answers: a commit and the files in it.</summary>
/// <param name="Commit">Hexadecimal.</param>
/// <param name="Files">Paths, not checked yet.</param>
internal sealed record RepositoryListing(string Commit, IReadOnlyList<string> Files)
{
    /// <summary>Bytes of the longest answer that is read.</summary>
    public const int LongestAnswer = 64 << 20;

    /// <summary>More files than any repository of a model has.</summary>
    private const int MostFiles = 100_000;

    /// <summary>Reads an answer.</summary>
    /// <exception cref="HubException">The answer is no listing.</exception>
    public static RepositoryListing Parse(Uri address, ReadOnlyMemory<byte> answer)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer);
            string commit = document.RootElement.GetProperty("sha").GetString() ?? "";
            JsonElement siblings = document.RootElement.GetProperty("siblings");
            if (!RepositoryName.IsCommit(commit))
                throw new HubException(address, $"answers the commit '{commit}', which is none; check HF_ENDPOINT");
            if (siblings.GetArrayLength() > MostFiles)
                throw new HubException(address, $"lists {siblings.GetArrayLength()} files, at most {MostFiles} are read; check HF_ENDPOINT");
            return new(commit, [.. siblings.EnumerateArray().Select(file => file.GetProperty("rfilename").GetString() ?? "").Distinct(StringComparer.Ordinal)]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new HubException(address, "answers with something that is no list of a repository's files (a JSON object with sha and siblings); check HF_ENDPOINT", e);
        }
    }
}
