using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.Architectures;

/// <summary>What holds for every family: a new one is covered by its line in the catalogue and its configs in the samples.</summary>
public sealed class CatalogueTests
{
    public static TheoryData<string, int> Samples => CatalogueSamples.All;

    [Fact]
    public void Every_architecture_of_the_library_is_in_the_catalogue()
    {
        Type[] written = [.. typeof(Architecture).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Architecture)) && !type.IsAbstract)];
        Assert.Equal(
            written.Select(type => type.Name).Order(StringComparer.Ordinal),
            ArchitectureCatalogue.All.Select(architecture => architecture.GetType().Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_two_architectures_share_a_model_type()
    {
        string[] types = [.. ArchitectureCatalogue.All.Select(architecture => architecture.ModelType)];
        Assert.Equal(types.Distinct(), types);
        foreach (Architecture architecture in ArchitectureCatalogue.All)
            Assert.Same(architecture, ArchitectureCatalogue.ForModelType(architecture.ModelType));
    }

    [Fact]
    public void An_unknown_model_type_is_answered_with_those_that_are_known()
    {
        var refusal = Assert.Throws<NotSupportedException>(() => ArchitectureCatalogue.ForModelType("mamba"));
        Assert.Contains("'mamba'", refusal.Message, StringComparison.Ordinal);
        Assert.All(ArchitectureCatalogue.All, known => Assert.Contains(known.ModelType, refusal.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Config_to_specification_and_back_loses_nothing(string modelType, int sample)
    {
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        string written = CatalogueSamples.Write(architecture, spec);
        ModelSpec again = CatalogueSamples.Read(architecture, written);
        Assert.Equal(spec, again);
        Assert.Equal(spec.GetHashCode(), again.GetHashCode());
        Assert.Equal(written, CatalogueSamples.Write(architecture, again));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_parameter_has_a_place_of_its_own(string modelType, int sample)
    {
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        ParameterSpec[] parameters = [.. ModelParameters.Enumerate(spec)];
        Assert.Equal(parameters.Length, parameters.Select(parameter => parameter.Name).Distinct().Count());
        WeightLocation[] places = [.. parameters.Select(parameter => architecture.Locate(spec, parameter))];
        Assert.Equal(places.Length, places.Distinct().Count());
        // Only Weft's own files have Weft's names.
        Assert.Equal(modelType == "weft", places.Any(place => place.Name.Contains("blocks.", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_parameter_that_the_family_does_not_have_is_refused_by_name(string modelType, int sample)
    {
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        foreach (string name in new[] { "no.such.weight", "nothing", "blocks.0.weight", "blocks.0.attention.other.weight" })
        {
            var refusal = Assert.Throws<NotSupportedException>(() =>
                ArchitectureCatalogue.ForModelType(modelType).Locate(spec, new(name, [1], "none")));
            Assert.Contains($"'{name}'", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Saved_weights_read_back_equal_under_the_same_specification(string modelType, int sample)
    {
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        using var folder = new TemporaryFolder();
        HuggingFaceExport.Save(folder.FullName, architecture, spec, CatalogueSamples.RandomWeights, new() { BeginOfTextId = 4, EndOfTextId = 3 });
        Assert.Equal(["config.json", "generation_config.json", "model.safetensors"], folder.Names);
        foreach (string file in new[] { "config.json", "generation_config.json" })
        {
            JsonNode written = JsonNode.Parse(File.ReadAllText(folder.File(file)))!;
            Assert.Equal((4, 3), ((int)written["bos_token_id"]!, (int)written["eos_token_id"]!));
        }
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        Assert.Equal(spec, model.Spec);
        Assert.Same(architecture, model.Architecture);
        Assert.Equal([3], model.EndOfTextIds);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
        {
            float[] expected = CatalogueSamples.RandomWeights(parameter), read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.Equal(expected, read);
            if (!model.TryMap(parameter, out var view))
                continue;
            view.ReadFloats(0, read);
            Assert.Equal(expected, read);
            Assert.Equal(parameter.Shape, view.Shape);
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_checkpoint_of_the_headless_model_opens_without_the_prefix(string modelType, int sample)
    {
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        using var folder = new TemporaryFolder();
        HuggingFaceExport.Save(folder.FullName, architecture, spec, CatalogueSamples.RandomWeights, new());
        string path = folder.File("model.safetensors");
        RawSafetensors.Content content = RawSafetensors.Read(File.ReadAllBytes(path));
        File.WriteAllBytes(path, RawSafetensors.File([.. content.Tensors.Select(tensor =>
            (tensor.Name.StartsWith(architecture.BasePrefix, StringComparison.Ordinal) ? tensor.Name[architecture.BasePrefix.Length..] : tensor.Name, tensor.Shape, Floats(tensor.Bytes)))]));
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        ParameterSpec embedding = ModelParameters.Enumerate(spec).First();
        float[] read = new float[embedding.Count];
        model.Read(embedding, read);
        Assert.Equal(CatalogueSamples.RandomWeights(embedding), read);
    }

    private static float[] Floats(byte[] bytes) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
