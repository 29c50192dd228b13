using System.Globalization;
using System.Text.Json;
using Weft.Model.Checkpoints.HuggingFace;

namespace Weft.Model.Checkpoints.Peft;

/// <summary>adapter_config.json: how large an adapter's changes are, and which modules it says to have changed.</summary>
internal sealed class LoraConfig
{
    public const string FileName = "adapter_config.json";

    private const string Remedy = "merge the adapter into its model with PEFT (merge_and_unload) and give the merged model";

    /// <summary>Keys that, where they are set, make it other mathematics than B·A beside a weight.</summary>
    private static readonly string[] Variants =
    [
        "use_qalora", "use_bdlora", "lora_bias", "layer_replication", "trainable_token_indices", "target_parameters", "alora_invocation_tokens", "arrow_config",
    ];

    /// <summary>Ways to begin that leave the model's own weights as they are; the others (LoftQ, PiSSA, OLoRA, CorDA) change them.</summary>
    private static readonly string[] Beginnings = ["gaussian", "orthogonal", "eva"];

    private readonly ConfigReader _config;
    private readonly int _rank;
    private readonly double _alpha;
    private readonly bool _rootOfRank;
    private readonly (ModulePattern Module, double Value)[] _ranks;
    private readonly (ModulePattern Module, double Value)[] _alphas;
    private readonly ModuleSelection? _targets;
    private readonly ModuleSelection? _excluded;
    private readonly IReadOnlyList<int> _layers;
    private readonly IReadOnlyList<string> _layerLists;

    private LoraConfig(ConfigReader config)
    {
        _config = config;
        config.Check(config.ReadText("peft_type") == "LORA", "peft_type", "only LORA is supported; train the adapter with LoRA");
        foreach (string variant in Variants)
            config.Check(!IsSet(config, variant), variant, $"this variant of LoRA is not supported; {Remedy}");
        const string Beginning = "init_lora_weights";
        if (config.Has(Beginning) && config.ReadElement(Beginning).ValueKind == JsonValueKind.String)
            config.Check(Beginnings.Contains(config.ReadText(Beginning)), Beginning, $"it changes the model's own weights, which is not supported; {Remedy}");
        config.RequireOneOf("bias", "none", "none", "all", "lora_only");
        _rank = config.ReadInt("r");
        config.Check(_rank > 0, "r", "a positive rank was expected");
        config.Check(config.Has("lora_alpha"), "lora_alpha", "the config is incomplete");
        _alpha = config.ReadDouble("lora_alpha", 0);
        _rootOfRank = config.ReadBool("use_rslora", false);
        IsDora = config.ReadBool("use_dora", false);
        _ranks = ReadPatterns("rank_pattern", value => value is > 0 and <= int.MaxValue && double.IsInteger(value));
        _alphas = ReadPatterns("alpha_pattern", double.IsFinite);
        _targets = ModuleSelection.Read(config, "target_modules");
        _excluded = ModuleSelection.Read(config, "exclude_modules");
        _layers = config.ReadIntList("layers_to_transform");
        _layerLists = ReadTexts("layers_pattern");
        BaseModel = config.ReadText("base_model_name_or_path");
    }

    /// <summary>The model that the adapter was trained on.</summary>
    public string? BaseModel { get; }

    /// <summary>Rows have lengths of their own (DoRA).</summary>
    public bool IsDora { get; }

    public static LoraConfig Read(string folder) => new(JsonFile.ReadObject(Path.Combine(folder, FileName))
        ?? throw new CheckpointException(folder, $"holds no {FileName}; give the folder of a PEFT adapter"));

    public int RankOf(string module) => (int)ValueOf(_ranks, module, _rank);

    /// <summary>What B·A is multiplied with.</summary>
    public float ScaleOf(string module)
    {
        int rank = RankOf(module);
        return (float)(ValueOf(_alphas, module, _alpha) / (_rootOfRank ? Math.Sqrt(rank) : rank));
    }

    /// <summary>Refuses a module that the config says to have left alone: PEFT would then leave out what the file holds for it.</summary>
    public void CheckTarget(string module)
    {
        CheckCovered(_targets?.Has(module) ?? true, "target_modules", module);
        CheckCovered(!(_excluded?.Has(module) ?? false), "exclude_modules", module);
        CheckCovered(_layers.Count == 0 || LayerOf(module) is not { } layer || _layers.Contains(layer), "layers_to_transform", module);
    }

    private void CheckCovered(bool covered, string key, string module) =>
        _config.Check(covered, key, $"it leaves out module '{module}', which the weights adapt; give the config that belongs to them");

    /// <summary>The last number of a module's name behind a list of modules, as PEFT finds it; null where there is none.</summary>
    private int? LayerOf(string module)
    {
        string[] parts = module.Split('.');
        for (int i = parts.Length - 2; i >= 1; i--)
            if (int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out int layer) && (_layerLists.Count == 0 || _layerLists.Contains(parts[i - 1])))
                return layer;
        return null;
    }

    private static double ValueOf((ModulePattern Module, double Value)[] patterns, string module, double otherwise)
    {
        foreach ((ModulePattern pattern, double value) in patterns)
            if (pattern.Matches(module))
                return value;
        return otherwise;
    }

    private (ModulePattern Module, double Value)[] ReadPatterns(string key, Predicate<double> permitted)
    {
        return _config.Has(key) ? _config.ReadJson(key, Read) : [];

        (ModulePattern, double)[] Read(JsonElement patterns)
        {
            try
            {
                return [.. patterns.EnumerateObject().Select(pattern => pattern.Value.TryGetDouble(out double value) && permitted(value)
                    ? (ModulePattern.End(_config.File, key, pattern.Name), value)
                    : throw new JsonException($"module '{pattern.Name}' has the value {pattern.Value.GetRawText()}, which is impossible"))];
            }
            catch (InvalidOperationException e)
            {
                throw new JsonException("an object of numbers was expected", e);
            }
        }
    }

    private IReadOnlyList<string> ReadTexts(string key) => !_config.Has(key) ? []
        : _config.ReadElement(key).ValueKind == JsonValueKind.String ? [_config.ReadText(key)!] : _config.ReadTextList(key);

    private static bool IsSet(ConfigReader config, string key) => config.Has(key) && config.ReadElement(key) switch
    {
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.Array or JsonValueKind.Object } => config.ReadCount(key) > 0,
        _ => true,
    };
}
