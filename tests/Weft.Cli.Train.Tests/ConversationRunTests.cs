using System.Text.Json;

namespace Weft.Cli.Train.Tests;

/// <summary><c>weft finetune</c> on conversations, and <c>weft data preview</c>.</summary>
public class ConversationRunTests
{
    private const string Recipe =
        """
        name: answers
        seed: 7
        threads: 1
        task: { kind: conversation, files: [rows.json], template: zephyr }
        tokenizer: { vocabulary: 320 }
        model: { layers: 1, width: 32, heads: 2, context: 64 }
        training: { steps: 60, batch: 8, learning-rate: 1e-2, precision: float32, evaluate-every: 20, objective: { packing: padded } }

        """;

    [Fact]
    public void Fine_tuning_leaves_a_model_that_answers_and_says_how_often_in_the_format()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"), "--text", folder.File("rows.json"), "--out", folder.File("run"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(["model", "report", "test_loss", "test_perplexity", "test_bits_per_byte", "format_kept", "train_tokens_per_second", "runtime_difference", "samples"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        // Every answer is the same few words, so a model that learnt anything gives them.
        Assert.Equal(1, json.RootElement.GetProperty("format_kept").GetDouble());
        Assert.Equal(["It is so.", "It is so.", "It is so."], json.RootElement.GetProperty("samples").EnumerateArray().Select(sample => sample.GetProperty("completion").GetString()));
        Assert.StartsWith("<|user|>\nIs ", json.RootElement.GetProperty("samples")[0].GetProperty("prompt").GetString(), StringComparison.Ordinal);
        Assert.Contains(" answers keep to the format (100.0 %)", error, StringComparison.Ordinal);
        Assert.Contains("[8/8] Report", error, StringComparison.Ordinal);

        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"), "--text", folder.File("rows.json"), "--out", folder.File("run"), "--resume");
        Assert.True(exitCode == 0, error);
        Assert.Contains($" chat {Path.Combine(folder.File("run"), "model")}", output, StringComparison.Ordinal);
        Assert.Contains("answers keep to the format", output, StringComparison.Ordinal);

        // A model that has learnt nothing goes on until there is no room left.
        File.WriteAllText(folder.File("recipe.yaml"), Recipe.Replace("steps: 60", "steps: 1", StringComparison.Ordinal));
        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"), "--text", folder.File("rows.json"), "--out", folder.File("untaught"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument untaught = JsonDocument.Parse(output);
        Assert.InRange(untaught.RootElement.GetProperty("format_kept").GetDouble(), 0, 0.5);
    }

    [Fact]
    public void A_preview_puts_what_is_predicted_into_brackets()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "data", "preview", folder.File("recipe.yaml"), "--text", folder.File("rows.json"), "--rows", "2");
        Assert.True(exitCode == 0, error);
        Assert.Contains(" conversations to train, ", error, StringComparison.Ordinal);
        string[] rows = output.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, rows.Length);
        foreach ((string row, int number) in rows.Zip([1, 2]))
        {
            Assert.Matches($"^row {number}: [0-9]+ tokens, [0-9]+ with loss", row);
            string bare = string.Concat(row.Split('\n').Skip(1).Select(line => line[2..])).Replace("\u00B7", "", StringComparison.Ordinal);
            string learnt = string.Concat(System.Text.RegularExpressions.Regex.Matches(bare, @"\[([^\]]*)\]").Select(match => match.Groups[1].Value));
            Assert.Equal("It is so.<|endoftext|>", learnt);
            Assert.Matches(@"^<\|user\|>\u23CEIs [0-9]+ so\?<\|endoftext\|>\u23CE<\|assistant\|>\u23CE\[", bare);
        }

        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, "data", "preview", folder.File("recipe.yaml"), "--text", folder.File("rows.json"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(3, json.RootElement.GetProperty("rows").GetArrayLength());
        JsonElement[] tokens = [.. json.RootElement.GetProperty("rows")[0].GetProperty("tokens").EnumerateArray()];
        Assert.Equal("It is so.<|endoftext|>", string.Concat(tokens.Where(token => token.GetProperty("loss").GetBoolean()).Select(token => token.GetProperty("text").GetString())));
        Assert.False(Directory.Exists("runs"));
    }

    [Fact]
    public void A_preview_of_labels_and_of_pairs_names_them()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("rows.tsv"), Enumerable.Range(0, 200).Select(i => $"row {i}\t{(i % 2 == 0 ? "even" : "odd")}"));
        File.WriteAllText(folder.File("labels.yaml"), "task: { text: 1, label: 2 }\ntokenizer: { vocabulary: 300 }\nmodel: { architecture: bert, layers: 1, width: 32, heads: 2, context: 32 }\ntraining: { steps: 1 }\n");
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "data", "preview", folder.File("labels.yaml"), "--text", folder.File("rows.tsv"), "--rows", "1");
        Assert.True(exitCode == 0, error);
        Assert.Matches(@"^row 1: [0-9]+ tokens.*\n  \[CLS\]\u00B7.*\[SEP\]\n  label: (even|odd)\n", output.ReplaceLineEndings("\n"));
        File.WriteAllText(folder.File("pairs.yaml"), $"text: {{ paths: ['{folder.File("rows.tsv")}'], columns: {{ source: 1, target: 2 }}, validation: 0.2, test: 0.2 }}\ntokenizer: {{ vocabulary: 300 }}\nmodel: {{ architecture: marian, layers: 1, width: 32, heads: 2, context: 32 }}\ntraining: {{ steps: 1 }}\n");
        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, "data", "preview", folder.File("pairs.yaml"), "--rows", "1");
        Assert.True(exitCode == 0, error);
        Assert.Matches(@"\n  source:\n  .*</s>\n  target:\n  <pad>\[.*\[</s>\]\n", output.ReplaceLineEndings("\n"));
    }

    private static void Write(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("recipe.yaml"), Recipe);
        File.WriteAllText(folder.File("rows.json"), $"[{string.Join(",\n", Enumerable.Range(0, 300).Select(i => $$"""{"instruction": "Is {{i}} so?", "input": "", "output": "It is so."}"""))}]");
    }
}
