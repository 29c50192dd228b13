using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <content>Rows of a prompt and two answers, of which one is preferred.</content>
public sealed partial record TaskRecipe
{
    /// <summary>How preferences are learnt; dpo where left out (preference).</summary>
    public PreferenceMethod? Method { get; init; }

    /// <summary>DPO: what differences of log-probabilities are multiplied with. ORPO: weight of the odds ratio. 0.1 where left out (preference).</summary>
    public double? Beta { get; init; }

    /// <summary>The column of prompts, texts or lists of messages; prompt where left out (preference).</summary>
    public string? Prompt { get; init; }

    /// <summary>A column whose text follows the prompt on lines of its own where it is not empty, as in Alpaca's files (preference).</summary>
    public string? Input { get; init; }

    /// <summary>The column of the preferred answers; chosen where left out (preference).</summary>
    public string? Chosen { get; init; }

    /// <summary>The column of the other answers; rejected where left out (preference).</summary>
    public string? Rejected { get; init; }

    /// <summary>What stands between a prompt and an answer where the model has no chat template; an empty line where left out (preference).</summary>
    public string? LeadIn { get; init; }

    /// <summary>What the model learns from such rows.</summary>
    internal ObjectiveKind Objective => Kind == TaskKind.Preference ? ObjectiveKind.Preference : ObjectiveKind.Classification;

    /// <summary>The model's head says something of a whole text.</summary>
    internal bool LabelsTexts => Objective == ObjectiveKind.Classification;

    /// <summary>The columns of preferences: prompt, chosen, rejected, and perhaps the input.</summary>
    internal IReadOnlyList<string> PreferenceColumns => [Prompt ?? "prompt", Chosen ?? "chosen", Rejected ?? "rejected", .. Input is null ? Array.Empty<string>() : [Input]];

    /// <summary>See <see cref="LeadIn"/>.</summary>
    internal string UsedLeadIn => LeadIn ?? "\n\n";

    /// <summary>The loss.</summary>
    internal PreferenceLossOptions ToLoss(double labelSmoothing) =>
        new(Method ?? PreferenceMethod.Dpo) { Beta = Beta ?? PreferenceLossOptions.UsualBeta, LabelSmoothing = labelSmoothing };

    /// <exception cref="InvalidDataException">The keys contradict each other; the message names key, value and remedy.</exception>
    private void CheckPreference()
    {
        Require(Files.Count > 0, "files", null, "give the tables to learn from");
        (string Key, bool Given)[] others =
        [
            ("text", Text.Length > 0), ("pair", Pair is not null), ("label", Label.Length > 0), ("separator", Separator is not null), ("labels", Labels.Count > 0), ("class-weights", ClassWeights.Count > 0),
            ("balance", Balance), ("truncate", Truncate is not null),
        ];
        foreach ((string key, bool given) in others)
            Require(!given, key, "given", "preferences have none; leave it out");
        bool numbered = PreferenceColumns.All(Data.TableFiles.IsNumber);
        Require(numbered || !PreferenceColumns.Any(Data.TableFiles.IsNumber), "prompt", string.Join(" and ", PreferenceColumns), "give names of the first line, or numbers where it is no line of names");
        Require(ValidationShare + TestShare < 1, "validation-share", ValidationShare, FormattableString.Invariant($"together with task.test-share {TestShare} it leaves nothing to learn from"));
    }

    /// <exception cref="InvalidDataException">A key of preferences is given; the message names it.</exception>
    private void CheckNoPreference()
    {
        (string Key, object? Value)[] own = [("method", Method), ("beta", Beta), ("prompt", Prompt), ("input", Input), ("chosen", Chosen), ("rejected", Rejected), ("lead-in", LeadIn)];
        foreach ((string key, object? value) in own)
            Require(value is null, key, value, "only kind preference has it; leave it out");
    }
}
