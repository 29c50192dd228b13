using System.Collections.Immutable;

using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>A model in a Hugging Face directory: its specification and its memory-mapped weights.</summary>
public sealed class HuggingFaceModel : Checkpoint
{
    /// <summary>Tensors of scales beside FP8 weights, without which those mean nothing: DeepSeek's name and that of compressed-tensors.</summary>
    private static readonly string[] ScaleSuffixes = ["_scale_inv", "_scale"];

    private readonly WeightFiles _files;
    private readonly PackedWeights? _packed;

    private HuggingFaceModel(string directory, Architecture architecture, ModelSpec spec, WeightFiles files, PackedWeights? packed)
        : base(directory, architecture, spec) => (_files, _packed) = (files, packed);

    /// <inheritdoc/>
    public override string? Packing => _packed?.Description;

    /// <summary>
    /// Opens a folder; every tensor's presence and shape is checked against the config before anything is read, and no tensor may be left over
    /// but those that the family knows to be of no use (<see cref="Architecture.IsIgnorable"/>).
    /// </summary>
    /// <exception cref="CheckpointException">A file is missing, corrupt, or does not match; the message names it.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static new HuggingFaceModel Open(string directory)
    {
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"model folder '{directory}' does not exist; give the folder that holds {CompanionFile.Config}");
        string Beside(string name) => System.IO.Path.Combine(directory, name);
        ConfigReader config = JsonFile.ReadObject(Beside(CompanionFile.Config))
            ?? throw new CheckpointException(directory, $"holds no {CompanionFile.Config}; give the folder of a Hugging Face model");
        (Architecture architecture, ModelSpec spec) = config.ReadModel(name => new(Beside(name), JsonFile.Read(Beside(name))));
        // Read before the weights are mapped, so that a broken file leaves nothing open.
        var ids = GenerationIds.Read(JsonFile.ReadObject(Beside(CompanionFile.GenerationConfig)), config);
        ImmutableArray<string> labels = [.. config.ReadTextsByIndex("id2label")];
        WeightFiles files = WeightFiles.Open(directory);
        try
        {
            var model = new HuggingFaceModel(directory, architecture, spec, files, PackedWeights.Open(config, files))
            {
                Ids = ids,
                Labels = labels,
                LabelsAreIndependent = config.ReadText("problem_type") == "multi_label_classification",
                GivesNumber = config.ReadText("problem_type") == "regression",
            };
            HashSet<TensorView> described = [.. ModelParameters.Enumerate(spec).Select(parameter => model.Find(parameter).View)];
            model.RefuseOthers(described);
            return model;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string? ReadCompanion(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        string? text = File.Exists(path) ? File.ReadAllText(path) : null;
        return name == CompanionFile.Config && _packed is not null ? PackedWeights.Unpacked(text!) : text;
    }

    /// <inheritdoc/>
    public override void Dispose() => _files.Dispose();

    internal override (TensorView View, WeightLocation Location) Find(ParameterSpec parameter)
    {
        WeightLocation location = Architecture.Locate(Spec, parameter);
        TensorView? found = Architecture.OtherNames(location.Name).Prepend(location.Name).Select(name => FindStored(name) ?? FindUnprefixed(name)).OfType<TensorView>().FirstOrDefault();
        TensorView view = Checked(_files.Location, found ?? FindTied(parameter), parameter, location);
        if (view.Type is ElementType.F8_E4M3 or ElementType.F8_E5M2
            && ScaleSuffixes.FirstOrDefault(s => _files.Find(view.Name + s) is not null) is { } suffix)
            throw new CheckpointException(_files.Location,
                $"tensor '{view.Name}' is quantised: '{view.Name}{suffix}' holds its scales, which are not applied; give an unquantised checkpoint");
        return view.IsPacked && location.Transposed
            ? throw CheckpointException.OfTensor(_files.Location, view.Name, $"is packed ({Packing}), which is not read in families that transpose their weights; give an unquantised checkpoint")
            : (view, location);
    }

    private TensorView? FindStored(string name) => _files.Find(name) ?? _packed?.Find(name);

    /// <summary>A tensor that no parameter reads means that the model computes something else than the config says.</summary>
    private void RefuseOthers(HashSet<TensorView> described)
    {
        TensorView? other = _files.All.Where(tensor => _packed?.Covers(tensor) != true).Concat(_packed?.All ?? [])
            .FirstOrDefault(tensor => !described.Contains(tensor) && !Architecture.IsIgnorable(Spec, tensor.Name));
        if (other is not null)
            throw CheckpointException.Extra(_files.Location, other.Name);
    }

    /// <summary>Published base models lack the prefix that the language-model class adds.</summary>
    private TensorView? FindUnprefixed(string name) =>
        name.StartsWith(Architecture.BasePrefix, StringComparison.Ordinal) ? FindStored(name[Architecture.BasePrefix.Length..]) : null;

    /// <summary>Some writers keep a tied embedding under the head's name only.</summary>
    private TensorView? FindTied(ParameterSpec parameter) =>
        parameter.Name == ModelParameters.TokenEmbedding && Spec.Head.SharesEmbedding
            ? FindStored(Architecture.Locate(Spec, parameter with { Name = $"{ModelParameters.Head}.weight" }).Name)
            : null;
}
