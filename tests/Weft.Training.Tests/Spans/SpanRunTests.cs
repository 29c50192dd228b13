using System.Text.Json;

using Weft.Inference;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Spans;

/// <summary>Readers that begin with models of others.</summary>
public class SpanRunTests
{
    /// <summary>The engine and torch sum in different orders; logits are of unit size.</summary>
    private const double LogitTolerance = 1e-4;

    [Theory]
    [InlineData("roberta", TaskKind.Spans, "RobertaForQuestionAnswering")]
    [InlineData("distilbert", TaskKind.Spans, "DistilBertForQuestionAnswering")]
    [InlineData("roberta", TaskKind.Tokens, "RobertaForTokenClassification")]
    public void Encoders_of_others_get_a_head_that_goes_on_where_it_is_there_already(string name, TaskKind kind, string expected)
    {
        using var folder = new TemporaryFolder();
        RandomModels.Write(folder.File("source"), name, "the cat saw a dog in oslo and slept");
        File.WriteAllText(folder.File("a.jsonl"), "{\"question\": \"who slept\", \"context\": \"the cat slept\", \"answer\": \"cat\", \"answer_start\": 4}\n");
        File.WriteAllText(folder.File("a.conll"), "cat B-X\nslept O\n\ndog B-X\n");
        string[] files = [folder.File(kind == TaskKind.Spans ? "a.jsonl" : "a.conll")];
        Recipe recipe = new()
        {
            Threads = 1,
            Task = new() { Kind = kind, Files = files, Validation = files },
            Model = new() { Context = 40 },
            Training = new() { Steps = 2, Batch = 2, Precision = Precision.Float32, LearningRate = 1e-3, InitFrom = folder.File("source") },
        };
        RunResult result = Start(recipe, folder.File("run"), out RunWatcher watcher);
        Assert.Contains(watcher.Lines, line => line.EndsWith(kind == TaskKind.Spans ? "; the head of the answers begins anew" : "; the head of the labels begins anew", StringComparison.Ordinal));
        using (JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.Folder.ModelFolder, "config.json"))))
        {
            Assert.Equal(expected, config.RootElement.GetProperty("architectures")[0].GetString());
            Assert.Equal("kept", config.RootElement.GetProperty("unknown_key").GetString());
            if (kind == TaskKind.Tokens)
                Assert.Equal("{\"0\":\"B-X\",\"1\":\"O\"}", JsonSerializer.Serialize(config.RootElement.GetProperty("id2label")));
        }
        using (TextGenerator engine = TextGenerator.Load(result.Folder.ModelFolder))
        {
            float[] logits = new float[result.Reference.Logits.Length];
            engine.Model.ComputeOutputs(new(result.Reference.Ids), logits);
            Assert.Equal(result.Reference.Ids.Length * result.Spec.Head.OutputSize(result.Spec), logits.Length);
            for (int i = 0; i < logits.Length; i++)
                Assert.Equal(result.Reference.Logits[i], logits[i], LogitTolerance);
        }
        // With its head the model goes on; the head of another task begins anew.
        Start(recipe with { Training = recipe.Training with { InitFrom = result.Folder.Path } }, folder.File("again"), out watcher);
        Assert.Contains($"weights of {result.Folder.Path}", watcher.Lines);
    }

    private static RunResult Start(Recipe recipe, string folder, out RunWatcher watcher)
    {
        watcher = new();
        return TrainingRun.Start(recipe, new(folder), watcher, CancellationToken.None)!;
    }
}
