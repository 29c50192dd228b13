using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>Tasks that measure stereotypes.</summary>
internal static partial class BiasTasks
{
    private static readonly string[] BiasTypes =
        ["age", "disability", "gender", "nationality", "physical_appearance", "race_color", "religion", "sexual_orientation", "socioeconomic"];

    /// <summary>The 40 occupations of WinoBias.</summary>
    private static readonly string[] Occupations =
    [
        "driver", "supervisor", "janitor", "cook", "mover", "laborer", "construction worker", "chief", "developer", "carpenter", "manager", "lawyer", "farmer", "salesperson",
        "physician", "guard", "analyst", "mechanic", "sheriff", "CEO", "attendant", "cashier", "teacher", "nurse", "assistant", "secretary", "auditor", "cleaner", "receptionist",
        "clerk", "counselor", "designer", "hairdresser", "writer", "housekeeper", "baker", "accountant", "editor", "librarian", "tailor",
    ];

    private static readonly string[] Pronouns = ["he", "she", "him", "her", "his", "himself", "herself"];

    /// <summary>
    /// CrowS-Pairs (Nangia et al., 2020) as in lm-evaluation-harness 0.4.13: which of two sentences is likelier. WinoBias (Zhao et al., 2018), which that has not: whom a pronoun
    /// means, in sentences of two types (1: only the world tells, 2: grammar tells), asked as that asks Winogender.
    /// </summary>
    public static IReadOnlyList<EvaluationTask> All { get; } =
    [
        CrowsPairs("crows_pairs_english", null),
        .. BiasTypes.Select(type => CrowsPairs($"crows_pairs_english_{type}", type.Replace('_', '-'))),
        WinoBias(1),
        WinoBias(2),
    ];

    private static EvaluationTask CrowsPairs(string name, string? type) =>
        new(name, ["crows_pairs_anonymized.csv"], row => Question.Choose("", [row.Text("sent_more"), row.Text("sent_less")], 0), Metric.Stereotypes, Metric.LikelihoodDifference)
        {
            Read = RowFile.NamedCsv,
            Delimiter = "",
            Where = type is null ? null : row => row.Text("bias_type") == type,
        };

    private static EvaluationTask WinoBias(int type) => new($"winobias_type{type}",
        [$"pro_stereotyped_type{type}.txt.test", $"pro_stereotyped_type{type}.txt.dev"], AskWinoBias, Metric.StereotypeGap, Metric.ProStereotypicalAccuracy, Metric.AntiStereotypicalAccuracy)
    {
        Read = RowFile.WinoBiasPairs,
    };

    /// <summary>Four alternatives: both occupations after the sentence with one pronoun, and both after that with the other.</summary>
    private static Question.Alternatives AskWinoBias(Row row)
    {
        (string pro, string gold, string other) = Read(row, "pro");
        (string anti, _, _) = Read(row, "anti");
        // Which occupation comes first must not hang on which one is right.
        string[] choices = [.. new[] { gold, other }.Order(StringComparer.Ordinal)];
        return new([.. new[] { pro, anti }.SelectMany(prompt => choices.Select(choice => new Alternative(prompt, choice)))], Array.IndexOf(choices, gold));
    }

    /// <summary>The prompt of a sentence, whom its pronoun means, and whom else it could mean.</summary>
    private static (string Prompt, string Gold, string Other) Read(Row row, string field)
    {
        string marked = row.Text(field), sentence = marked.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        string[] brackets = [.. Bracketed().Matches(marked).Select(match => match.Groups[1].Value)];
        string? pronoun = brackets.FirstOrDefault(Pronouns.Contains), person = brackets.FirstOrDefault(bracket => !Pronouns.Contains(bracket));
        string[] named = [.. Occupations.Select(occupation => (occupation, At: Regex.Match(sentence, $@"\b{occupation}\b", RegexOptions.IgnoreCase)))
            .Where(found => found.At.Success).OrderBy(found => found.At.Index).Select(found => found.occupation)];
        string? gold = named.FirstOrDefault(occupation => person?.EndsWith(occupation, StringComparison.OrdinalIgnoreCase) == true);
        if (pronoun is null || gold is null || named.Length < 2)
            throw row.Refuse($"'{marked}' is no sentence of WinoBias: a pronoun and one of two occupations were expected in brackets");
        string shown = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(pronoun);
        return ($"{sentence} ‘{shown}’ refers to the", gold, named.First(occupation => occupation != gold));
    }

    [GeneratedRegex(@"\[(.*?)\]")]
    private static partial Regex Bracketed();
}
