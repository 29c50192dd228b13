using Weft.Cli.Train.Display;
using Weft.Cli.Train.Report;
using Weft.Data;
using Weft.Inference;
using Weft.Text;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>Lets a fresh model write.</summary>
/// <param name="generator">The model.</param>
/// <param name="result">What it was trained on.</param>
internal sealed class Completions(TextGenerator generator, RunResult result)
{
    private const int Count = 3;
    private const int MaximumTokens = 120;

    /// <summary>Ids of a prompt that is taken from held-out text.</summary>
    private const int PromptLength = 8;

    /// <summary>A little below the distribution that was learnt: small models ramble at its tail.</summary>
    private static readonly SamplingOptions Sampling = new() { Temperature = 0.7f, TopP = 0.9f };

    /// <summary>Members that .NET does not have, so that their documentation cannot be remembered.</summary>
    private static readonly string[] DocumentationPrompts =
    [
        "StringBuilder.Reverse(int, int) method\n",
        "HttpClientPool class\n",
        "JsonReader.TryReadDate(DateTime) method\n",
    ];

    /// <summary>Writes them, showing each piece as it is made.</summary>
    public IReadOnlyList<GeneratedSample> Write(IRunDisplay display, CancellationToken ct)
    {
        Tokenizer tokenizer = generator.Tokenizer;
        List<GeneratedSample> samples = [];
        bool answers = result.Spec.HasSource;
        foreach (int[] prompt in Prompts(tokenizer))
        {
            // Of an answer there is a best one; of continuations there are many good ones.
            SamplingOptions sampling = answers ? new() { Temperature = 0 } : Sampling with { Seed = (ulong)(result.Recipe.Seed + samples.Count) };
            string shown = tokenizer.Decode(prompt);
            display.Token(answers ? $"{shown} → " : shown);
            string completion = "";
            foreach (GeneratedToken token in generator.Generate(prompt, new() { MaximumTokens = MaximumTokens, Sampling = sampling }, ct))
            {
                completion += token.StopReason == StopReason.EndOfText ? "" : token.Text;
                display.Token(token.StopReason == StopReason.EndOfText ? "" : token.Text);
            }
            display.Token("\n\n");
            samples.Add(new(shown, completion, answers ? "the likeliest token at each step" : FormattableString.Invariant($"temperature {Sampling.Temperature}, top-p {Sampling.TopP}, seed {sampling.Seed}")));
        }
        return samples;
    }

    private IEnumerable<int[]> Prompts(Tokenizer tokenizer)
    {
        if (result.Spec.HasSource)
            return result.Sources;
        if (result.Recipe.Task is not null)
            return HeldOutPreferences.Prompts(result.Recipe, result.Folder, Count);
        if (result.Recipe.Text.Paths.Count > 0 || result.Recipe.Data.Count > 0)
            return HeldOutPrompts();
        // Documents are learnt one after the other, so one begins after the end of another.
        int[] before = generator.EndOfTextIds is [var end, ..] ? [end] : [];
        return DocumentationPrompts.Select(prompt => (int[])[.. before, .. tokenizer.EncodeToIds(prompt, addSpecialTokens: false)]);
    }

    /// <summary>Beginnings of documents from all over the held-out text; where it is one document, its middle parts, too.</summary>
    private IEnumerable<int[]> HeldOutPrompts()
    {
        using HeldOutData data = HeldOutData.Open(result.Recipe, result.Folder);
        ITokenSequence held = data.Final.TokenCount > PromptLength ? data.Final : data.Validation;
        for (int i = 0; i < Count; i++)
        {
            long start = held.DocumentCount >= Count ? held.DocumentStart(held.DocumentCount * i / Count) : held.TokenCount * i / Count;
            long[] ids = new long[Math.Min(PromptLength, held.TokenCount - start)];
            held.Copy(start, ids);
            int[] prompt = [.. ids.Select(id => (int)id)];
            int end = prompt.AsSpan().IndexOfAny([.. generator.EndOfTextIds]);
            if (end != 0)
                yield return end < 0 ? prompt : prompt[..end];
        }
    }
}
