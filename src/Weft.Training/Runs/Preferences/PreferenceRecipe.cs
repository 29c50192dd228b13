using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <content>Rows of a prompt and two answers, of which one is preferred.</content>
public sealed partial record TaskRecipe
{
    /// <summary>How preferences are learnt; dpo where left out (preference).</summary>
    public PreferenceMethod? Method { get; init; }

    /// <summary>DPO: what differences of log-probabilities are multiplied with. ORPO: weight of the odds ratio. 0.1 where left out (preference).</summary>
    public double? Beta { get; init; }

    /// <summary>A column whose text follows the prompt on lines of its own where it is not empty, as in Alpaca's files (preference).</summary>
    public string? Input { get; init; }

    /// <summary>The column of the preferred answers; chosen where left out (preference).</summary>
    public string? Chosen { get; init; }

    /// <summary>The column of the other answers; rejected where left out (preference).</summary>
    public string? Rejected { get; init; }

    /// <summary>What stands between a prompt and an answer where the model has no chat template; an empty line where left out (preference).</summary>
    public string? LeadIn { get; init; }

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
        bool numbered = PreferenceColumns.All(Data.TableFiles.IsNumber);
        Require(numbered || !PreferenceColumns.Any(Data.TableFiles.IsNumber), "prompt", string.Join(" and ", PreferenceColumns), "give names of the first line, or numbers where it is no line of names");
    }
}
