using Weft.Cli.Train.Display;
using Weft.Cli.Train.Report;
using Weft.Inference;
using Weft.Text.Chat;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>How many answers keep to the format of a conversation.</summary>
/// <param name="Kept">Those that do.</param>
/// <param name="Judged">All that were looked at.</param>
internal sealed record AnswerFormat(int Kept, int Judged)
{
    /// <summary>Their share.</summary>
    public double Share => (double)Kept / Judged;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{Kept} of {Judged} answers keep to the format ({Share:P1}): they end by themselves within {ConversationSamples.MostTokens} tokens, say something, and write no turn of the other side");
}

/// <summary>What a fresh model answers in held-out conversations, computed by the managed engine.</summary>
/// <param name="generator">The model as it was exported.</param>
/// <param name="result">What it was trained on.</param>
internal sealed class ConversationSamples(TextGenerator generator, RunResult result)
{
    /// <summary>Tokens within which an answer has to end.</summary>
    public const int MostTokens = 128;

    private const int Shown = 3;
    private const int Judged = 128;

    /// <summary>Answers some, showing a few.</summary>
    public (IReadOnlyList<GeneratedSample> Samples, AnswerFormat Format) Write(IRunDisplay display, CancellationToken ct)
    {
        string[] headers = Headers();
        List<GeneratedSample> samples = [];
        (int kept, int judged) = (0, 0);
        foreach (HeldOutConversation held in HeldOutConversation.Of(result.Recipe, result.Folder, Judged))
        {
            // A question that was cut out, or leaves no room for an answer, says nothing of the model.
            if (held.Prompt.Length == 0 || held.Prompt.Length >= generator.Model.Spec.ContextLength)
                continue;
            (int[] ids, bool ends) = Answer(held.Prompt, ct);
            string answer = generator.Tokenizer.Decode(ids, skipSpecialTokens: false);
            judged++;
            kept += ends && !string.IsNullOrWhiteSpace(answer) && !ids.Any(generator.Tokenizer.IsSpecial) && !headers.Any(header => answer.Contains(header, StringComparison.Ordinal)) ? 1 : 0;
            if (samples.Count == Shown)
                continue;
            var sample = new GeneratedSample(generator.Tokenizer.Decode(held.Prompt, skipSpecialTokens: false), answer, $"in the data: {generator.Tokenizer.Decode(held.Answer)}");
            display.Info($"{Failure.OneLine(sample.Prompt)} \u2192 {Failure.OneLine(answer)} ({Failure.OneLine(sample.Note!)})");
            samples.Add(sample);
        }
        var format = new AnswerFormat(kept, judged);
        display.Info(format.ToString());
        return (samples, format);
    }

    private (int[] Ids, bool Ends) Answer(int[] prompt, CancellationToken ct)
    {
        List<int> ids = [];
        foreach (GeneratedToken token in generator.Generate(prompt, new() { MaximumTokens = MostTokens, Sampling = new() { Temperature = 0 } }, ct))
        {
            if (token.StopReason == StopReason.EndOfText)
                return ([.. ids], true);
            ids.Add(token.Id);
        }
        return ([.. ids], false);
    }

    /// <summary>What the template writes before a turn of either side, where that is text: an answer that holds it goes on with the conversation by itself.</summary>
    private string[] Headers()
    {
        const string question = "\u00A7";
        var encoder = new ConversationEncoder(ChatTemplate.Load(result.Folder.ModelFolder), generator.Tokenizer);
        ChatMessage[] asked = [new("user", question)];
        string before = encoder.Render(asked, addPrompt: false), prompted = encoder.Render(asked);
        string[] headers = [before[..before.IndexOf(question, StringComparison.Ordinal)].Trim(), prompted.StartsWith(before, StringComparison.Ordinal) ? prompted[before.Length..].Trim() : ""];
        return [.. headers.Where(header => header.Length > 0)];
    }
}
