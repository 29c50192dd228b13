using System.Text.Json;
using System.Text.Json.Nodes;

using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>
/// What sentence-transformers keeps beside a model: modules.json names what follows it, and the folder of the pooling says how its states
/// become one vector (Reimers and Gurevych 2019, arXiv:1908.10084).
/// </summary>
internal static class SentenceTransformers
{
    /// <summary>What follows the model.</summary>
    public const string ModulesFile = "modules.json";

    /// <summary>How states are pooled, as all published models keep it.</summary>
    public const string PoolingFile = PoolingFolder + "/" + CompanionFile.Config;

    private const string PoolingFolder = "1_Pooling", Namespace = "sentence_transformers.models.", Mode = "pooling_mode", Size = "word_embedding_dimension";

    private const string UsesPrompt = "include_prompt";

    /// <summary>Every mode that there is, by its flag and by its name, with what it is here.</summary>
    private static readonly (string Flag, string Name, Pooling? Pooling)[] Modes =
    [
        ("pooling_mode_cls_token", "cls", Pooling.First), ("pooling_mode_mean_tokens", "mean", Pooling.Mean), ("pooling_mode_lasttoken", "lasttoken", Pooling.Last),
        ("pooling_mode_max_tokens", "max", null), ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", null), ("pooling_mode_weightedmean_tokens", "weightedmean", null),
    ];

    /// <summary>The specification with the head that the folder describes; unchanged where it describes none.</summary>
    /// <exception cref="CheckpointException">A module or a way of pooling is none that a head can express.</exception>
    /// <param name="read">Reads a JSON file beside the model's config.</param>
    /// <param name="spec">What the config says.</param>
    public static ModelSpec Apply(Func<string, JsonBeside> read, ModelSpec spec)
    {
        (string modules, JsonElement? root) = read(ModulesFile);
        (string Type, string Path)[]? listed = root is { } list ? ReadModules(modules, list)
            : read(PoolingFile).Root is not null ? [("Transformer", ""), ("Pooling", PoolingFolder)]
            : null;
        if (listed is null)
            return spec;
        string[] types = [.. listed.Select(module => module.Type)];
        if (types is not (["Transformer", "Pooling"] or ["Transformer", "Pooling", "Normalize"]))
            throw new CheckpointException(modules, $"lists {string.Join(", ", types)}; supported are Transformer, Pooling and, after them, Normalize");
        if (spec.HasSource)
            throw new CheckpointException(modules, "describes a vector of an encoder and a decoder, which is not supported; give the config.json of the encoder alone");
        return spec with { Head = new HeadSpec.PooledEmbedding(ReadPooling(read($"{listed[1].Path}/{CompanionFile.Config}"), spec), Normalized: types.Contains("Normalize")) };
    }

    /// <summary>Writes what <see cref="Apply"/> reads.</summary>
    public static void Write(string directory, ModelSpec spec, HeadSpec.PooledEmbedding head)
    {
        JsonObject pooling = new() { [Size] = spec.HiddenSize };
        foreach ((string flag, _, Pooling? mode) in Modes)
            pooling[flag] = mode == head.Pooling;
        pooling[UsesPrompt] = true;
        JsonFile.Write(Path.Combine(directory, PoolingFolder, CompanionFile.Config), pooling);
        (string Type, string Path)[] modules = [("Transformer", ""), ("Pooling", PoolingFolder), .. head.Normalized ? [("Normalize", "2_Normalize")] : Array.Empty<(string, string)>()];
        JsonFile.Write(Path.Combine(directory, ModulesFile), new JsonArray([.. modules.Select((module, i) => new JsonObject
        {
            ["idx"] = i,
            ["name"] = i.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["path"] = module.Path,
            ["type"] = Namespace + module.Type,
        })]));
    }

    private static (string Type, string Path)[] ReadModules(string file, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
            throw new CheckpointException(file, $"holds a JSON {root.ValueKind} where a list of modules was expected");
        return [.. root.EnumerateArray().Select(entry =>
        {
            var module = new ConfigReader(file, entry);
            string type = module.ReadText("type") ?? "", path = module.ReadText("path") ?? "";
            // A list is data from strangers: it may only name folders beside it.
            module.Check(path == Path.GetFileName(path) && path is not ("." or "..") && !path.Contains('\\', StringComparison.Ordinal), "path", "it is not a plain folder name");
            return (type[(type.LastIndexOf('.') + 1)..], path);
        })];
    }

    private static Pooling ReadPooling(JsonBeside pooling, ModelSpec spec)
    {
        string file = pooling.File;
        var config = new ConfigReader(file, pooling.Root ?? throw new CheckpointException(file, "is missing; fetch it into the folder of the model"));
        config.Check(config.ReadInt(Size, spec.HiddenSize) == spec.HiddenSize, Size, $"the model's hidden size is {spec.HiddenSize}");
        config.Check(config.ReadBool(UsesPrompt, true), UsesPrompt, "vectors that leave a prompt out are not supported");
        if (config.Has(Mode))
        {
            string name = config.RequireOneOf(Mode, "", [.. Modes.Where(mode => mode.Pooling is not null).Select(mode => mode.Name)]);
            return Modes.First(mode => mode.Name == name).Pooling!.Value;
        }
        (string Flag, string Name, Pooling? Pooling)[] wanted = [.. Modes.Where(mode => config.ReadBool(mode.Flag, false))];
        if (wanted is not [{ Pooling: { } only }])
            throw new CheckpointException(file, $"pools by {(wanted is [] ? "nothing" : string.Join(" and ", wanted.Select(mode => mode.Flag)))}; supported is one of "
                + string.Join(", ", Modes.Where(mode => mode.Pooling is not null).Select(mode => mode.Flag)));
        return only;
    }
}
