using System.Globalization;

namespace Weft.Training.Runs;

/// <summary>Which numbers a key accepts; one table for the check and for the schema.</summary>
/// <param name="Minimum">Smallest value.</param>
/// <param name="Maximum">Largest value.</param>
/// <param name="Remedy">What to give instead of a value outside.</param>
internal sealed record RecipeRange(double? Minimum, double? Maximum, string Remedy)
{
    private static readonly RecipeRange Count = new(1, null, "give at least 1");
    private static readonly RecipeRange Weight = new(0, 1e6, "give 0 for none, or a small positive number");

    /// <summary>The smallest value itself is refused.</summary>
    public bool AboveMinimum { get; init; }

    /// <summary>The largest value itself is refused.</summary>
    public bool BelowMaximum { get; init; }

    /// <summary>Ranges by key. A key without one takes every number of its type, or is checked together with others.</summary>
    public static IReadOnlyDictionary<string, RecipeRange> ByKey { get; } = new Dictionary<string, RecipeRange>
    {
        ["threads"] = Count,
        ["text.validation"] = new(0, 0.5, "give a share above 0 and at most 0.5: training needs some validation text") { AboveMinimum = true },
        ["text.test"] = new(0, 0.5, "give a share from 0 to 0.5"),
        ["task.validation-share"] = new(0, 0.5, "give a share above 0 and at most 0.5: training needs some validation rows") { AboveMinimum = true },
        ["task.test-share"] = new(0, 0.5, "give a share from 0 to 0.5"),
        ["task.beta"] = new(0, 1000, "give a positive number, such as 0.1") { AboveMinimum = true },
        ["task.stride"] = new(0, null, "give 0 or more tokens"),
        ["tokenizer.vocabulary"] = new(257, 1 << 20, "give 257 (all bytes) to 1048576"),
        ["model.layers"] = Count,
        ["model.width"] = Count,
        ["model.heads"] = Count,
        ["model.key-value-heads"] = Count,
        ["model.inner"] = Count,
        ["model.context"] = new(2, null, "give at least 2 tokens"),
        ["training.steps"] = Count,
        ["training.minutes"] = new(0, 1e6, "give a positive number of minutes") { AboveMinimum = true, BelowMaximum = true },
        ["training.batch"] = Count,
        ["training.windows-per-pass"] = Count,
        ["training.learning-rate"] = new(0, 1, "give a rate above 0 and at most 1") { AboveMinimum = true },
        ["training.final-learning-rate"] = new(0, 1, "give a rate from 0 to 1"),
        ["training.warmup"] = new(0, null, "give 0 or more steps"),
        ["training.beta1"] = new(0, 1, "give 0 to below 1") { BelowMaximum = true },
        ["training.beta2"] = new(0, 1, "give 0 to below 1") { BelowMaximum = true },
        ["training.weight-decay"] = new(0, 10, "give 0 or a little more"),
        ["training.dropout"] = new(0, 1, "give a probability from 0 to below 1, such as 0.1") { BelowMaximum = true },
        ["training.adapter.rank"] = Count,
        ["training.adapter.alpha"] = new(0, 1e6, "give a positive number, such as twice the rank") { AboveMinimum = true },
        ["training.adapter.dropout"] = new(0, 1, "give a probability from 0 to below 1, such as 0.05") { BelowMaximum = true },
        ["training.clip"] = new(0, null, "give a positive norm") { AboveMinimum = true },
        ["training.evaluate-every"] = Count,
        ["training.save-every"] = Count,
        ["training.objective.token-dropout"] = new(0, 1, "give a probability from 0 to below 1, such as 0.3") { BelowMaximum = true },
        ["training.objective.label-smoothing"] = new(0, 1, "give a share from 0 to below 1, such as 0.1") { BelowMaximum = true },
        ["training.objective.z-loss"] = Weight,
        ["training.objective.load-balance"] = Weight,
        ["training.objective.router-z-loss"] = Weight,
        ["training.objective.further-tokens"] = new(0, 16, "give 0 to 16 tokens"),
        ["training.objective.further-weight"] = Weight,
        ["training.objective.temperature"] = new(0, 100, "give a positive number, such as 2") { AboveMinimum = true },
        ["training.objective.teacher-share"] = new(0, 1, "give a share above 0 and at most 1, such as 0.5") { AboveMinimum = true },
        ["data[].weight"] = new(0, null, "give a positive share") { AboveMinimum = true },
    };

    /// <summary>The key's name in the table: items of a list have no number.</summary>
    public static string NameOf(RecipeKey key) => key.Path.Replace(".[]", "[]", StringComparison.Ordinal);

    /// <summary>Refuses numbers outside their ranges; lists check their own items.</summary>
    /// <exception cref="InvalidDataException">The message names key, value and remedy.</exception>
    public static void Check(Recipe recipe)
    {
        foreach (RecipeKey key in RecipeKey.Root.All())
            if (ByKey.TryGetValue(key.Path, out RecipeRange? range) && key.ValueIn(recipe) is IConvertible value
                && !range.Holds(value.ToDouble(CultureInfo.InvariantCulture)))
                throw new InvalidDataException(FormattableString.Invariant($"{key.Path} is {value}; {range.Remedy}"));
    }

    /// <summary>Whether the range holds a number; it never holds NaN.</summary>
    public bool Holds(double value) =>
        !double.IsNaN(value)
        && (Minimum is not { } least || value > least || (value == least && !AboveMinimum))
        && (Maximum is not { } most || value < most || (value == most && !BelowMaximum));
}
