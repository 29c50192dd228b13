using System.Globalization;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Heads in a config: <c>architectures</c> names the class and with it the head, <c>id2label</c> holds its labels.</summary>
internal static class HeadConfig
{
    private const string Classes = "architectures", Labels = "id2label", LabelCount = "num_labels", Tied = "tie_word_embeddings";

    /// <summary>What Transformers takes where a config says nothing of labels.</summary>
    private const int DefaultLabels = 2;

    /// <summary>The head whose class the config names.</summary>
    /// <param name="architecture">The family, which knows what the classes of its heads are called.</param>
    /// <param name="config">The model's config.</param>
    /// <param name="fallback">The head of configs that name no class.</param>
    /// <param name="others">The other heads of the family; how many labels they have is read here, whatever they say.</param>
    /// <exception cref="CheckpointException">The class is of no head of the family, or the labels contradict each other.</exception>
    public static HeadSpec Read(Architecture architecture, ConfigReader config, HeadSpec fallback, params ReadOnlySpan<HeadSpec> others)
    {
        IReadOnlyList<string> named = config.ReadTextList(Classes);
        HeadSpec[] heads = [fallback, .. others];
        HeadSpec? head = named.Count == 0 ? fallback
            // Letters of either case, since early conversions write LLaMA.
            : heads.FirstOrDefault(head => named.Contains(architecture.ClassName(head), StringComparer.OrdinalIgnoreCase));
        config.Check(head is not null, Classes, $"known classes of model_type '{architecture.ModelType}' are {string.Join(", ", heads.Select(architecture.ClassName))}; choose one");
        return head switch
        {
            HeadSpec.SequenceClassification classes => classes with { Labels = ReadLabels(config) },
            HeadSpec.TokenClassification classes => classes with { Labels = ReadLabels(config) },
            _ => head!,
        };
    }

    /// <summary>The heads that the library has for decoders: their language model's, labels or a vector read off the last token.</summary>
    /// <param name="architecture">The family.</param>
    /// <param name="config">The model's config.</param>
    /// <param name="tied">The embedding is the projection where the config leaves it out.</param>
    public static HeadSpec ReadOfDecoder(Architecture architecture, ConfigReader config, bool tied) => Read(architecture, config,
        new HeadSpec.LanguageModel(config.ReadBool(Tied, tied)),
        new HeadSpec.SequenceClassification(DefaultLabels, Pooling.Last, Bias: false),
        new HeadSpec.PooledEmbedding(Pooling.Last, Normalized: false));

    /// <summary>The head is one that <see cref="ReadOfDecoder"/> may give.</summary>
    public static bool IsOfDecoder(HeadSpec head) => head
        is HeadSpec.LanguageModel { Bias: false, LogitScale: 1, SoftCap: null }
        or HeadSpec.SequenceClassification { Pooling: Pooling.Last, Bias: false, Transform: null }
        or HeadSpec.PooledEmbedding { Pooling: Pooling.Last, Normalized: false, Transform: null };

    /// <summary>Writes the labels of a classifier and, for a head over the vocabulary, whether it shares the embedding; the class is the exporter's to write.</summary>
    public static void Write(HeadSpec head, JsonObject config)
    {
        if (head is HeadSpec.LanguageModel or HeadSpec.MaskedLanguageModel)
            config[Tied] = head.SharesEmbedding;
        if (head is not (HeadSpec.SequenceClassification or HeadSpec.TokenClassification))
            return;
        int count = head is HeadSpec.SequenceClassification sequence ? sequence.Labels : ((HeadSpec.TokenClassification)head).Labels;
        WriteLabels(DefaultNames(count), config);
    }

    /// <summary>Transformers' names of labels that have none.</summary>
    public static IReadOnlyList<string> DefaultNames(int count) => [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"LABEL_{i}"))];

    /// <summary>Writes the names of labels, by their index.</summary>
    public static void WriteLabels(IReadOnlyList<string> labels, JsonObject config)
    {
        JsonObject names = [], ids = [];
        for (int i = 0; i < labels.Count; i++)
        {
            names[i.ToString(CultureInfo.InvariantCulture)] = labels[i];
            ids[labels[i]] = i;
        }
        config[Labels] = names;
        config["label2id"] = ids;
        if (config.ContainsKey(LabelCount))
            config[LabelCount] = labels.Count;
    }

    private static int ReadLabels(ConfigReader config)
    {
        int? named = config.ReadCount(Labels);
        int count = config.ReadInt(LabelCount, named ?? DefaultLabels);
        config.Check(named is null || named == count, LabelCount, $"{Labels} has {named} entries; make them equal");
        config.Check(count > 0, named is null ? LabelCount : Labels, "a classifier needs at least one label");
        return count;
    }
}
