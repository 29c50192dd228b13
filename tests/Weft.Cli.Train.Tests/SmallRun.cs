using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Weft.Cli.Train.Tests;

/// <summary>A folder with a text and a recipe that trains in seconds.</summary>
internal sealed class SmallRun : IDisposable
{
    private const string Recipe =
        """
        name: small
        seed: 7
        threads: 1
        tokenizer: { vocabulary: 300 }
        model: { layers: 1, width: 32, heads: 2, context: 16 }
        training: { steps: STEPS, batch: 4, learning-rate: 3e-3, precision: float32, save-every: 5, evaluate-every: 10 }

        """;

    private readonly TemporaryFolder _folder = new();

    public SmallRun(int steps = 12)
    {
        File.WriteAllText(Text, string.Concat(Enumerable.Range(0, 2000).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"Line {i} of {i * i % 97}.{(i % 10 == 9 ? "\n\n" : "\n")}"))));
        File.WriteAllText(RecipeFile, Recipe.Replace("STEPS", steps.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    public string Text => At("text.txt");

    public string RecipeFile => At("recipe.yaml");

    public string At(string name) => _folder.File(name);

    public (int ExitCode, string Output, string Error) Train(string name, params string[] more) =>
        Run(CancellationToken.None, ["train", RecipeFile, "--text", Text, "--out", At(name), .. more]);

    public static (int ExitCode, string Output, string Error) Run(CancellationToken ct, params string[] args)
    {
        using StringWriter output = new(), error = new();
        int exitCode = CommandLineProgram.Run(WeftTrainTool.CreateRoot(), args, output, error, ct);
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The same in a process of its own, which can be killed.</summary>
    public Process Start(string name, params string[] more)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "weft-train.dll");
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            [tool, "train", RecipeFile, "--text", Text, "--out", At(name), .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["WEFT_COMMAND"] = "weft" },
        })!;
    }

    /// <summary>Losses of every step as the report holds them.</summary>
    public string History(string name)
    {
        string page = File.ReadAllText(Path.Combine(At(name), "report.html"));
        const string open = "id=\"run\">";
        int start = page.IndexOf(open, StringComparison.Ordinal) + open.Length;
        using JsonDocument run = JsonDocument.Parse(page[start..page.IndexOf("</script>", start, StringComparison.Ordinal)]);
        return run.RootElement.GetProperty("steps").GetProperty("loss").GetRawText();
    }

    public void Dispose() => _folder.Dispose();
}
