using System.Diagnostics;
using System.Globalization;
using Weft.Inference;

namespace Weft.Cli.Generation;

/// <summary>One generation with its text, its ids and its speed.</summary>
internal sealed class Continuation
{
    private readonly IEnumerable<GeneratedToken> _tokens;
    private readonly List<int> _ids = [];
    private readonly bool _searches;
    private StopReason? _stop;
    private TimeSpan _promptTime;
    private TimeSpan _generationTime;

    /// <summary>Checks the prompt and the options; computes nothing yet.</summary>
    /// <exception cref="ArgumentException">The prompt does not fit the context, or an option is impossible.</exception>
    public Continuation(TextGenerator generator, int[] promptIds, GenerationOptions options, CancellationToken ct)
    {
        PromptTokens = promptIds.Length;
        _searches = options.Beams > 1;
        _tokens = generator.Generate(promptIds, options, ct);
    }

    /// <summary>Length of the prompt.</summary>
    public int PromptTokens { get; }

    /// <summary>Generated so far, an end-of-text id included.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>
    /// Speed after the prompt was read. The first token comes out of the prompt, so the others are counted. A search gives all tokens at its
    /// end, so that its time is that of the prompt and of the whole search.
    /// </summary>
    public double TokensPerSecond => _ids.Count > 1 && !_searches
        ? (_ids.Count - 1) / _generationTime.TotalSeconds
        : _ids.Count / Math.Max(_promptTime.TotalSeconds, double.Epsilon);

    /// <summary>Generates; gives the text that became certain with each token, often empty.</summary>
    /// <exception cref="OperationCanceledException">Cancelled between two tokens.</exception>
    public IEnumerable<string> Pieces()
    {
        long start = Stopwatch.GetTimestamp();
        foreach (GeneratedToken token in _tokens)
        {
            if (_ids.Count == 0)
                _promptTime = Stopwatch.GetElapsedTime(start);
            _generationTime = Stopwatch.GetElapsedTime(start) - _promptTime;
            _ids.Add(token.Id);
            _stop = token.StopReason;
            yield return token.Text;
        }
    }

    /// <summary>One line about speed and why it ended.</summary>
    public string Summary()
    {
        if (_ids.Count == 0)
            return $"{PromptTokens} prompt tokens, nothing generated, cancelled";
        string end = _stop switch
        {
            StopReason.EndOfText => "end of text",
            StopReason.MaximumTokens => "--max-tokens reached",
            StopReason.ContextFull => "context full",
            _ => "cancelled",
        };
        if (_searches)
            return string.Create(CultureInfo.InvariantCulture, $"{PromptTokens} prompt tokens read and {_ids.Count} found at {TokensPerSecond:F1} tokens/s, {end}");
        double promptSpeed = PromptTokens / Math.Max(_promptTime.TotalSeconds, 1e-9);
        return string.Create(CultureInfo.InvariantCulture,
            $"{PromptTokens} prompt tokens at {promptSpeed:F0} tokens/s, {_ids.Count} generated at {TokensPerSecond:F1} tokens/s, {end}");
    }
}
