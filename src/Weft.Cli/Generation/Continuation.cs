using System.Diagnostics;
using System.Globalization;
using Weft.Inference;
using Weft.Text;

namespace Weft.Cli.Generation;

/// <summary>One generation with its text, its ids and its speed.</summary>
internal sealed class Continuation
{
    private readonly IEnumerable<GeneratedToken> _tokens;
    private readonly int _vocabularySize;
    private readonly Detokenizer? _detokenizer;
    private readonly List<int> _ids = [];
    private StopReason? _stop;
    private TimeSpan _promptTime;
    private TimeSpan _generationTime;

    /// <summary>Checks the prompt and the options; computes nothing yet.</summary>
    /// <exception cref="ArgumentException">The prompt does not fit the context, or an option is impossible.</exception>
    public Continuation(LoadedModel model, int[] promptIds, GenerationOptions options, CancellationToken ct)
    {
        PromptTokens = promptIds.Length;
        _tokens = model.Generator.Generate(promptIds, options, ct);
        if (!model.HasTokenizer)
            return;
        // One decoder for the prompt and what follows: alone, a continuation would lose the space that it begins with.
        _detokenizer = model.Tokenizer.CreateDetokenizer();
        _vocabularySize = model.Tokenizer.VocabularySize;
        Prompt = string.Concat(promptIds.Select(Decode));
    }

    /// <summary>The model has a tokenizer; without one there are ids alone.</summary>
    public bool HasText => _detokenizer is not null;

    /// <summary>The prompt's ids as text; empty without a tokenizer.</summary>
    public string Prompt { get; } = "";

    /// <summary>Length of the prompt.</summary>
    public int PromptTokens { get; }

    /// <summary>Generated so far, an end-of-text id included.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>Speed after the prompt was read. The first token comes out of the prompt, so the others are counted.</summary>
    public double TokensPerSecond => _ids.Count > 1
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
            yield return Decode(token.Id);
        }
        yield return _detokenizer?.Flush() ?? "";
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
        double promptSpeed = PromptTokens / Math.Max(_promptTime.TotalSeconds, 1e-9);
        return string.Create(CultureInfo.InvariantCulture,
            $"{PromptTokens} prompt tokens at {promptSpeed:F0} tokens/s, {_ids.Count} generated at {TokensPerSecond:F1} tokens/s, {end}");
    }

    /// <summary>Ids of the model beyond the tokenizer's stand for nothing.</summary>
    private string Decode(int id) => id < _vocabularySize ? _detokenizer!.Append(id) : "";
}
