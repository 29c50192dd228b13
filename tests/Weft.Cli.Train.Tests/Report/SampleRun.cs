using Weft.Cli.Train.Report;

namespace Weft.Cli.Train.Tests.Report;

/// <summary>A run as the page gets it.</summary>
internal static class SampleRun
{
    /// <summary>Ends a script, opens an element, closes an attribute, and is not text in XML; half a surrogate pair, too.</summary>
    public const string Hostile = "</script><b>&\"'\u0001\u009B\uD800]]>";

    public static RunReport Create(int steps = 200, string text = "of") => new()
    {
        Title = "Llama " + text,
        Date = new(2026, 3, 14, 9, 26, 53, TimeSpan.FromHours(1)),
        Summary = "A model. " + text,
        Figures = new(3.0271, 20.638, 1.1832, 9118.4, 3_412_992, 3.1e-5, TimeSpan.FromSeconds(228)),
        Steps = Steps(steps),
        Samples = [new("Returns " + text, text + "\nmore", "temperature 0.8 " + text)],
        Attention = new("Layer 1 " + text, ["a", text], [1, 0, 0.25f, 0.75f]),
        Model = new("Model " + text, text, [new("Layers", "4", []), new("Block", null, [new("Norm", text, [])])]),
        Parameters = [new("Embedding " + text, 3000), new("Attention", 1234)],
        Corpus = new(1000, 12, [new("train " + text, 900, 1_234_567, 300_000), new("test", 88, 999, 0)]),
        Settings = [new("threads " + text, text, "processors " + text)],
        Stages = [new("Text " + text, TimeSpan.FromSeconds(2.5)), new("Training", TimeSpan.FromSeconds(200))],
    };

    public static StepRecord[] Steps(int count)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable.Range(1, count).Select(step => new StepRecord(
                step, 3 + (5 / Math.Sqrt(step)) + (0.2 * random.NextDouble()), step % 20 == 0 ? 3.1 + (5 / Math.Sqrt(step)) : double.NaN,
                0.0015 * (1 - ((double)step / count)), 0.5 + random.NextDouble(), 9000 + (200 * random.NextDouble()))),
        ];
    }
}
