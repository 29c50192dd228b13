using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Cli.Tests.Understanding;

/// <summary><c>weft encode</c>, <c>weft classify</c> and <c>weft generate</c> on models with encoders.</summary>
public sealed class UnderstandingTests
{
    private const string Ids = "3,1,4,1,5";

    private static readonly int[] IdList = [3, 1, 4, 1, 5];

    [Fact]
    public void Encode_gives_hidden_states_and_what_the_model_makes_of_them()
    {
        using SavedModel saved = SavedModel.Save(RandomModel.Of(Mechanisms.All["BERT's pooler"]));
        JsonElement json = CommandRun.Of("encode", saved.Folder, "--ids", Ids, "--hidden", "--json").Json;
        Assert.Equal(["ids", "pooled", "hidden"], CommandRun.Keys(json));
        using Transformer model = saved.Model.Load();
        float[] pooled = new float[24], hidden = new float[5 * 24];
        model.ComputeOutputs(new(IdList), pooled);
        model.ComputeHidden(new(IdList), hidden);
        Assert.Equal(pooled, Numbers(json.GetProperty("pooled")));
        Assert.Equal(hidden, json.GetProperty("hidden").EnumerateArray().SelectMany(Numbers));
        Assert.Equal(IdList, json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public void Encode_pools_as_asked_and_prints_numbers_that_read_back()
    {
        using SavedModel saved = SavedModel.Save(RandomModel.Of(Mechanisms.All["token classes"]));
        using Transformer model = saved.Model.Load();
        float[] hidden = new float[5 * 24], pooled = new float[24];
        model.ComputeHidden(new(IdList), hidden);
        SequencePooling.Pool(Pooling.Last, hidden, pooled);
        SequencePooling.Normalize(pooled);
        string line = CommandRun.Of("encode", saved.Folder, "--ids", Ids, "--pooling", "last", "--normalize").OutputOfSuccess().TrimEnd();
        Assert.Equal(pooled, line.Split(' ').Select(text => float.Parse(text, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Encode_reads_the_encoder_of_an_encoder_decoder()
    {
        using SavedModel saved = SavedModel.Save(RandomModel.Of(Mechanisms.All["the original Transformer"]));
        using Transformer model = saved.Model.Load();
        float[] hidden = new float[5 * 24], pooled = new float[24];
        model.ComputeSource(IdList, hidden);
        SequencePooling.Pool(Pooling.Mean, hidden, pooled);
        Assert.Equal(pooled, Numbers(CommandRun.Of("encode", saved.Folder, "--ids", Ids, "--json").Json.GetProperty("pooled")));
    }

    [Fact]
    public void Classify_names_labels_with_their_probabilities_the_likeliest_first()
    {
        using SavedModel saved = SavedModel.Save(RandomModel.Of(Mechanisms.All["sequence classes of the first token"]));
        SetConfig(saved, config => config["id2label"] = new JsonObject { ["0"] = "bad", ["1"] = "poor", ["2"] = "fair", ["3"] = "good", ["4"] = "best" });
        JsonElement json = CommandRun.Of("classify", saved.Folder, "--ids", Ids, "--json").Json;
        JsonElement[] labels = [.. json.GetProperty("labels").EnumerateArray()];
        float[] logits = Logits(saved.Model, 5);
        string[] names = ["bad", "poor", "fair", "good", "best"];
        Assert.Equal(names.Zip(logits).OrderByDescending(pair => pair.Second).Select(pair => pair.First), labels.Select(label => label.GetProperty("label").GetString()));
        Assert.Equal(json.GetProperty("label").GetString(), labels[0].GetProperty("label").GetString());
        Assert.InRange(labels.Sum(label => label.GetProperty("probability").GetDouble()), 1 - 1e-5, 1 + 1e-5);
        Assert.StartsWith(labels[0].GetProperty("label").GetString()!, CommandRun.Of("classify", saved.Folder, "--ids", Ids).OutputOfSuccess(), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_do_not_exclude_each_other_have_sigmoids()
    {
        using SavedModel saved = SavedModel.Save(RandomModel.Of(Mechanisms.All["sequence classes of the first token"]));
        SetConfig(saved, config => config["problem_type"] = "multi_label_classification");
        foreach (JsonElement label in CommandRun.Of("classify", saved.Folder, "--ids", Ids, "--json").Json.GetProperty("labels").EnumerateArray())
        {
            Assert.InRange(label.GetProperty("probability").GetDouble() - (1 / (1 + Math.Exp(-label.GetProperty("logit").GetDouble()))), -1e-6, 1e-6);
            Assert.StartsWith("LABEL_", label.GetProperty("label").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Classify_labels_each_line_of_a_file()
    {
        // Ids of single characters, from a vocabulary that has as many as the model.
        using SavedModel saved = SavedModel.Save(RandomModel.Of(Mechanisms.All["sequence classes of the first token"]));
        string letters = string.Concat(Enumerable.Range('a', 20).Select(letter => (char)letter));
        CharacterTokenizerTrainer.Train([letters], null, TestContext.Current.CancellationToken).Save(saved.File("tokenizer.json"));
        string[] lines = ["abc", "dddd", "e", "fghi"];
        string file = saved.File("lines.txt");
        File.WriteAllLines(file, lines);
        using Transformer model = saved.Model.Load();
        string[] output = CommandRun.Of("classify", saved.Folder, "--lines", file).OutputOfSuccess().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        string[] json = CommandRun.Of("classify", saved.Folder, "--lines", file, "--json").OutputOfSuccess().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        SetConfig(saved, config => config["problem_type"] = "multi_label_classification");
        string[] several = CommandRun.Of("classify", saved.Folder, "--lines", file).OutputOfSuccess().ReplaceLineEndings("\n")[..^1].Split('\n');
        SetConfig(saved, config => config["problem_type"] = "regression");
        string[] numbers = CommandRun.Of("classify", saved.Folder, "--lines", file).OutputOfSuccess().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        for (int line = 0; line < lines.Length; line++)
        {
            float[] logits = new float[5];
            model.ComputeOutputs(new([.. lines[line].Select(letter => letter - 'a')]), logits);
            Assert.Equal($"LABEL_{Array.IndexOf(logits, logits.Max())}", output[line]);
            Assert.Equal(output[line], JsonDocument.Parse(json[line]).RootElement.GetProperty("label").GetString());
            Assert.Equal(string.Join(',', Enumerable.Range(0, 5).Where(label => logits[label] > 0).Select(label => $"LABEL_{label}")), several[line]);
            Assert.Equal(logits, numbers[line].Split(',').Select(number => float.Parse(number, System.Globalization.CultureInfo.InvariantCulture)));
        }
        int context = saved.Model.Spec.ContextLength;
        string text = string.Concat(Enumerable.Range(0, context + 3).Select(i => letters[i % letters.Length]));
        File.WriteAllLines(file, ["abc", text]);
        Assert.Contains($"{file}, line 2: the text is {context + 3} tokens, but the model reads {context}", CommandRun.Of("classify", saved.Folder, "--lines", file).Error, StringComparison.Ordinal);
        Assert.Equal(CommandRun.Of("classify", saved.Folder, text[..^3], "--json").OutputOfSuccess(), CommandRun.Of("classify", saved.Folder, text, "--long", "truncate", "--json").OutputOfSuccess());
        Assert.Equal(CommandRun.Of("classify", saved.Folder, text[3..], "--json").OutputOfSuccess(), CommandRun.Of("classify", saved.Folder, text, "--long", "truncate", "--cut", "head", "--json").OutputOfSuccess());
        Assert.Contains("--lines goes without TEXT", CommandRun.Of("classify", saved.Folder, "text", "--lines", file).Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_classified_or_read_is_refused()
    {
        using SavedModel spans = SavedModel.Save(RandomModel.Of(Mechanisms.All["spans"]));
        Assert.Contains("Spans", CommandRun.Of("classify", spans.Folder, "--ids", Ids).Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("TEXT is missing", CommandRun.Of("encode", spans.Folder).Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("give one of them", CommandRun.Of("encode", spans.Folder, "text", "--ids", Ids).Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("--pair", CommandRun.Of("encode", spans.Folder, "--ids", Ids, "--pair", "b").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("id 99", CommandRun.Of("encode", spans.Folder, "--ids", "99").Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_reads_a_source_and_writes_what_the_decoder_makes_of_it()
    {
        using SavedModel saved = SavedModel.Save(RandomModel.Of(Mechanisms.All["T5's relative positions"]));
        int[] Run(params string[] more) => [.. CommandRun.Of(["generate", saved.Folder, "--prompt-ids", Ids, "--max-tokens", "7", "--json", .. more]).Json
            .GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        using TextGenerator generator = TextGenerator.Load(saved.Folder);
        GenerationOptions greedy = new() { MaximumTokens = 7, Sampling = SamplingOptions.Greedy };
        Assert.Equal(generator.Generate(IdList, greedy, TestContext.Current.CancellationToken).Select(token => token.Id), Run());
        Assert.Equal(generator.Generate(IdList, greedy with { Beams = 3, LengthPenalty = 0.5 }, TestContext.Current.CancellationToken).Select(token => token.Id),
            Run("--beams", "3", "--length-penalty", "0.5"));
        Assert.Contains("--temperature", CommandRun.Of("generate", saved.Folder, "--prompt-ids", Ids, "--beams", "2", "--temperature", "1").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("--beams", CommandRun.Of("generate", saved.Folder, "--prompt-ids", Ids, "--length-penalty", "2").Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    private static float[] Logits(RandomModel random, int labels)
    {
        using Transformer model = random.Load();
        float[] logits = new float[labels];
        model.ComputeOutputs(new(IdList), logits);
        return logits;
    }

    private static void SetConfig(SavedModel saved, Action<JsonObject> change)
    {
        string path = saved.File(CompanionFile.Config);
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(config);
        File.WriteAllText(path, config.ToJsonString());
    }

    private static IEnumerable<float> Numbers(JsonElement list) => list.EnumerateArray().Select(value => value.GetSingle());
}
