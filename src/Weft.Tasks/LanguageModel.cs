using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Weft.Inference;
using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Text.Chat;

namespace Weft.Tasks;

// T tokens, O outputs of the head.

/// <summary>
/// A model on the CPU with its tokenizer and what its files say of labels, languages and conversations: what every task is made from. Safe to use
/// from several threads, by several tasks; their computations take turns.
/// </summary>
public sealed class LanguageModel : IDisposable
{
    private readonly int? _decoderStart;
    private readonly bool _hasTemplate;

    /// <summary>The template of a GGUF file; null for that of a folder, which has its special tokens beside it.</summary>
    private readonly string? _template;

    private LanguageModel(Checkpoint checkpoint, EngineOptions? options)
    {
        Path = checkpoint.Path;
        Labels = checkpoint.Labels;
        LabelsAreIndependent = checkpoint.LabelsAreIndependent;
        _decoderStart = checkpoint.DecoderStartId;
        // Read before the engine takes the checkpoint over, with which a GGUF file closes.
        Config = Parse(checkpoint, CompanionFile.Config);
        GenerationConfig = Parse(checkpoint, CompanionFile.GenerationConfig);
        string? template = checkpoint.ReadCompanion(CompanionFile.ChatTemplate) ?? Parse(checkpoint, CompanionFile.TokenizerConfig).Text("chat_template");
        _hasTemplate = template is not null || checkpoint.ReadCompanion("chat_template.json") is not null
            || Parse(checkpoint, CompanionFile.TokenizerConfig).TryGetProperty("chat_template", out _);
        _template = Directory.Exists(Path) ? null : template;
        Generator = TextGenerator.Load(checkpoint, options);
    }

    /// <summary>The folder or the file.</summary>
    public string Path { get; }

    /// <summary>What is computed.</summary>
    public ModelSpec Spec => Generator.Model.Spec;

    /// <summary>Names of a classifier's labels, by their index; empty where the model's config has none.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>A classifier's labels do not exclude each other.</summary>
    public bool LabelsAreIndependent { get; }

    /// <summary>The engine below: for what is no task of its own, such as continuing a text.</summary>
    public TextGenerator Generator { get; }

    /// <summary>The tokenizer of the model's folder or file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public Tokenizer Tokenizer => Generator.Tokenizer;

    /// <summary>Most tokens that a text may have, those around it included: the model's context, or less where its tokenizer's config says so.</summary>
    public int ContextLength =>
        Generator.HasTokenizer && Tokenizer.Settings.ModelMaximumLength is > 0 and { } most ? (int)Math.Min(most, Spec.ContextLength) : Spec.ContextLength;

    /// <summary>config.json; empty in GGUF files of other programs.</summary>
    internal JsonElement Config { get; }

    /// <summary>generation_config.json; empty where there is none.</summary>
    internal JsonElement GenerationConfig { get; }

    /// <summary>Opens a Hugging Face folder or a GGUF file.</summary>
    /// <param name="path">The folder or the file.</param>
    /// <param name="options">How to use the machine.</param>
    /// <exception cref="CheckpointException">The model is missing, damaged, or does not match its config.</exception>
    /// <exception cref="InvalidDataException">The tokenizer is damaged, or knows ids that the model lacks.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public static LanguageModel Load(string path, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Load(Checkpoint.Open(path), options);
    }

    /// <summary>Takes a model that is open, such as one with an adapter.</summary>
    /// <param name="checkpoint">Owned from here on: it is disposed with the result, or at once when this throws.</param>
    /// <param name="options">How to use the machine.</param>
    /// <exception cref="InvalidDataException">The tokenizer is damaged, or knows ids that the model lacks.</exception>
    public static LanguageModel Load(Checkpoint checkpoint, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        try
        {
            return new(checkpoint, options);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Ends the model's threads and closes its files.</summary>
    public void Dispose() => Generator.Dispose();

    /// <summary>The name of a label.</summary>
    internal string LabelName(int label) => label < Labels.Length ? Labels[label] : string.Create(CultureInfo.InvariantCulture, $"LABEL_{label}");

    /// <summary>The head, if it is the one that a task needs.</summary>
    /// <exception cref="NotSupportedException">It is another.</exception>
    internal T Head<T>(string task) where T : HeadSpec => Spec.Head as T ?? throw new NotSupportedException(
        $"model '{Path}' has a {Spec.Head.GetType().Name} head, but {task} needs a {typeof(T).Name} head; give a model that was made for it");

    /// <summary>What the head makes of a text.</summary>
    /// <returns>[T, O], or [O] where the head pools.</returns>
    internal float[] ComputeOutputs(EncodedText text) => ComputeOutputs(text.Ids, TypesOf(text));

    /// <inheritdoc cref="ComputeOutputs(EncodedText)"/>
    internal float[] ComputeOutputs(ReadOnlySpan<int> ids, ReadOnlySpan<int> types)
    {
        float[] outputs = new float[Spec.Head.OutputSize(Spec) * (Spec.Head.Pools ? 1 : ids.Length)];
        // A classifier with an encoder and a decoder, as BART's, gives its decoder the text once more, one token later.
        ReadOnlySpan<int> own = !Spec.HasSource || ids.IsEmpty ? ids
            : [_decoderStart ?? throw new NotSupportedException($"model '{Path}' does not say what its decoder begins with; add decoder_start_token_id to its config.json"), .. ids[..^1]];
        Generator.Model.ComputeOutputs(new ModelInput(own) { SourceIds = Spec.HasSource ? ids : [], TokenTypes = types }, outputs);
        return outputs;
    }

    /// <summary>Segments, where the model has any.</summary>
    internal int[] TypesOf(EncodedText text) => Spec.Embedding.TokenTypes > 1 ? text.TypeIds : [];

    /// <summary>A number that the model's makers recommend for generation; null where they say nothing.</summary>
    internal double? Recommended(string name) => GenerationConfig.Number(name) ?? Config.Number(name);

    /// <summary>The chat template.</summary>
    /// <exception cref="NotSupportedException">The model has none.</exception>
    /// <exception cref="ChatTemplateException">It is damaged.</exception>
    internal ChatTemplate LoadChatTemplate() => !_hasTemplate
        ? throw new NotSupportedException($"model '{Path}' has no chat template, so it was not made for conversations; give one that was, or add a {CompanionFile.ChatTemplate}")
        : _template is null ? ChatTemplate.Load(Path) : ChatTemplate.Parse(_template, Path);

    private static JsonElement Parse(Checkpoint checkpoint, string file)
    {
        try
        {
            return JsonElement.Parse(checkpoint.ReadCompanion(file)?.TrimStart('\uFEFF') ?? "{}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{checkpoint.Path}: {file} is no JSON ({e.Message}); correct or replace the file", e);
        }
    }
}
