using System.Net;

namespace Weft.Model.Checkpoints.Hub;

/// <summary>
/// A download from a Hub failed. The message names the address or the file, what was wrong, and what to do, on one line; it never
/// holds a token, nor the query of an address, which is where signed addresses carry their secret.
/// </summary>
public sealed class HubException : IOException
{
    /// <summary>Something else than an answer of the server: a name, a file, the disk.</summary>
    /// <param name="subject">What is at fault; the message begins with it.</param>
    /// <param name="problem">What is wrong and what to do.</param>
    /// <param name="inner">Where it came from.</param>
    public HubException(string subject, string problem, Exception? inner = null)
        : base($"{CheckpointException.OneLine(subject)}: {CheckpointException.OneLine(problem)}", inner)
    {
    }

    internal HubException(Uri address, string problem, Exception? inner = null)
        : this(WithoutSecrets(address), problem, inner) => Address = WithoutSecrets(address);

    /// <summary>The address that was asked, without user, query and fragment; null where no server is at fault.</summary>
    public string? Address { get; }

    /// <summary>Status of the answer; null where none came.</summary>
    public HttpStatusCode? Status { get; internal init; }

    /// <summary>The same request may succeed a moment later.</summary>
    internal bool IsTransient { get; init; }

    /// <summary>How long the server asks to wait.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    private static string WithoutSecrets(Uri address) =>
        address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
