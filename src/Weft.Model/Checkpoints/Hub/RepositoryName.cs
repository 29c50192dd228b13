using System.Text.RegularExpressions;

namespace Weft.Model.Checkpoints.Hub;

/// <summary>
/// A repository's name and a revision's, checked before they become part of a path or an address. The rules for names are those
/// of huggingface_hub (utils/_validators.py, <c>validate_repo_id</c>).
/// </summary>
internal static partial class RepositoryName
{
    /// <summary>The name has the form <c>owner/name</c>, or <c>name</c> as the oldest models have it.</summary>
    public static bool IsValid(string name) =>
        Form().IsMatch(name) && !name.Contains("--", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal)
        && !name.EndsWith(".git", StringComparison.Ordinal);

    /// <summary>Refuses other names.</summary>
    /// <exception cref="HubException">Shows the name.</exception>
    public static void Check(string name)
    {
        if (!IsValid(name))
            throw new HubException($"repository '{name}'", "is no name of a repository; write owner/name");
    }

    /// <summary>Refuses names of revisions that git does not permit either and that would leave the cache's folder.</summary>
    /// <exception cref="HubException">Shows the revision.</exception>
    public static void CheckRevision(string revision)
    {
        if (!RevisionForm().IsMatch(revision) || revision.Split('/').Any(part => part is "" or "." or ".."))
            throw new HubException($"revision '{revision}'", "is no name of a branch, a tag or a commit");
    }

    /// <summary>A full git commit, as the server answers it.</summary>
    public static bool IsCommit(string text) => CommitForm().IsMatch(text);

    [GeneratedRegex(@"^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}/)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"^[^\s\p{C}\\:?*""<>|~^\[]{1,200}\z")]
    private static partial Regex RevisionForm();

    [GeneratedRegex(@"^(?:[0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex CommitForm();
}
