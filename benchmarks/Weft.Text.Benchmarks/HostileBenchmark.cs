using System.Globalization;

namespace Weft.Text.Benchmarks;

/// <summary>Four million bytes of what makes careless tokenizers quadratic.</summary>
internal static class HostileBenchmark
{
    private const int Size = 4_000_000;

    private static readonly (string Name, Func<string> Make)[] Inputs =
    [
        ("one letter", () => new string('a', Size)),
        ("spaces", () => new string(' ', Size)),
        ("line breaks", () => new string('\n', Size)),
        ("emoji", () => string.Concat(Enumerable.Repeat("😀", Size / 4))),
        ("one digit", () => new string('7', Size)),
        ("random letters", () => Random(26, 'a')),
        ("random bytes", () => Random(256, '\0')),
        ("random characters", () => Random(0xD800, '\0')[..(Size / 3)]),
    ];

    public static void Run(string? name)
    {
        Console.WriteLine("| Tokenizer | Input | seconds |\n|---|---|---|");
        foreach (Contest contest in Contest.Named(name))
            foreach ((string input, Func<string> make) in Inputs)
            {
                string text = make();
                Measure run = Measure.Of(() => contest.Ours.EncodeToIds(text));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {contest.Name} | {input} | {run.Seconds:0.00} |"));
            }
    }

    private static string Random(int count, char first)
    {
        var random = new Random(1);
        return string.Create(Size, random, (characters, source) =>
        {
            for (int i = 0; i < characters.Length; i++)
                characters[i] = (char)(first + source.Next(count));
        });
    }
}
