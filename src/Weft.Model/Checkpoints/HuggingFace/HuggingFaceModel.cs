using System.Collections.Immutable;

using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>A model in a Hugging Face directory: its specification and its memory-mapped weights.</summary>
public sealed class HuggingFaceModel : Checkpoint
{
    private readonly WeightFiles _files;

    private HuggingFaceModel(string directory, Architecture architecture, ModelSpec spec, WeightFiles files)
        : base(directory, architecture, spec) => _files = files;

    /// <summary>Opens a folder; every tensor's presence and shape is checked against the config before anything is read.</summary>
    /// <exception cref="CheckpointException">A file is missing, corrupt, or does not match; the message names it.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static new HuggingFaceModel Open(string directory)
    {
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"model folder '{directory}' does not exist; give the folder that holds {CompanionFile.Config}");
        ConfigReader config = ReadJson(System.IO.Path.Combine(directory, CompanionFile.Config))
            ?? throw new CheckpointException(directory, $"holds no {CompanionFile.Config}; give the folder of a Hugging Face model");
        (Architecture architecture, ModelSpec spec) = config.ReadModel();
        // Read before the weights are mapped, so that a broken file leaves nothing open.
        ImmutableArray<int> endOfTextIds = ConfigReader.ReadEndOfTextIds(ReadJson(System.IO.Path.Combine(directory, CompanionFile.GenerationConfig)), config);
        var model = new HuggingFaceModel(directory, architecture, spec, WeightFiles.Open(directory)) { EndOfTextIds = endOfTextIds };
        try
        {
            model.FindAll();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string? ReadCompanion(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }

    /// <inheritdoc/>
    public override void Dispose() => _files.Dispose();

    internal override (TensorView View, WeightLocation Location) Find(ParameterSpec parameter)
    {
        WeightLocation location = Architecture.Locate(Spec, parameter);
        TensorView? view = _files.Find(location.Name) ?? FindUnprefixed(location.Name) ?? FindTied(parameter);
        return (Checked(_files.Location, view, parameter, location), location);
    }

    /// <summary>Published base models lack the prefix that the language-model class adds.</summary>
    private TensorView? FindUnprefixed(string name) =>
        name.StartsWith(Architecture.BasePrefix, StringComparison.Ordinal) ? _files.Find(name[Architecture.BasePrefix.Length..]) : null;

    /// <summary>Some writers keep a tied embedding under the head's name only.</summary>
    private TensorView? FindTied(ParameterSpec parameter) =>
        parameter.Name == ModelParameters.TokenEmbedding && Spec.Head is HeadSpec.LanguageModel { TiedEmbedding: true }
            ? _files.Find(Architecture.Locate(Spec, parameter with { Name = $"{ModelParameters.Head}.weight" }).Name)
            : null;

    private static ConfigReader? ReadJson(string path) => File.Exists(path) ? ConfigReader.Parse(path, File.ReadAllBytes(path)) : null;
}
