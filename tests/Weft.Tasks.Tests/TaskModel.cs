using System.Text.Json.Nodes;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Tasks.Tests;

/// <summary>A random model with a tokenizer of words in a folder of its own, opened as users open it, and its engine for plain computations beside it.</summary>
internal sealed class TaskModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private LanguageModel? _model;

    private TaskModel(RandomModel random, WordTokenizer tokenizer)
    {
        (Random, Tokenizer) = (random, tokenizer);
        random.Save(_folder.FullName);
        tokenizer.Save(_folder.FullName);
    }

    public RandomModel Random { get; }

    public WordTokenizer Tokenizer { get; }

    public string Folder => _folder.FullName;

    public LanguageModel Model => _model ??= LanguageModel.Load(Folder, new() { Threads = 1 });

    public Transformer Engine => Model.Generator.Model;

    /// <summary>One of <see cref="Mechanisms.All"/> with as many ids as the tokenizer has, and a context of any length.</summary>
    public static TaskModel Of(string mechanism, WordTokenizer tokenizer, int context = 330, Func<HeadSpec, HeadSpec>? head = null, int seed = 1)
    {
        ModelSpec spec = Mechanisms.All[mechanism];
        PositionSpec position = spec.Embedding.Position is PositionSpec.Learned learned ? new PositionSpec.Learned(context) { Offset = learned.Offset } : spec.Embedding.Position;
        return new(RandomModel.Of(spec with
        {
            ContextLength = context,
            Embedding = spec.Embedding with { VocabularySize = tokenizer.Tokens.Length, Position = position },
            Head = head?.Invoke(spec.Head) ?? spec.Head,
        }, seed), tokenizer);
    }

    public static TaskModel Llama(WordTokenizer tokenizer, int context = 300, int seed = 1) =>
        new(RandomModel.Llama(new(Vocabulary: tokenizer.Tokens.Length) { Context = context }, seed), tokenizer);

    /// <summary>Changes the model's config.json, before it is opened.</summary>
    public TaskModel Configured(Action<JsonObject> change) => Changed(CompanionFile.Config, change);

    /// <summary>Changes a JSON file of the model, before it is opened.</summary>
    public TaskModel Changed(string name, Action<JsonObject> change)
    {
        string path = _folder.File(name);
        JsonObject file = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : [];
        change(file);
        File.WriteAllText(path, file.ToJsonString());
        return this;
    }

    public TaskModel WithFile(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return this;
    }

    /// <summary>What the head makes of ids, asked of the engine itself.</summary>
    public float[] Outputs(int[] ids, int[]? types = null)
    {
        float[] outputs = new float[Engine.Spec.Head.OutputSize(Engine.Spec) * (Engine.Spec.Head.Pools ? 1 : ids.Length)];
        Engine.ComputeOutputs(new(ids) { TokenTypes = types ?? [] }, outputs);
        return outputs;
    }

    public static double[] Softmax(ReadOnlySpan<float> logits)
    {
        double[] powers = [.. logits.ToArray().Select(logit => Math.Exp(logit))];
        return [.. powers.Select(power => power / powers.Sum())];
    }

    public void Dispose()
    {
        _model?.Dispose();
        _folder.Dispose();
    }
}
