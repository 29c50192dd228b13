using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Peft;

/// <summary>Which parameters of a model the tensors of an adapter belong to, by the names that the model's family has in Hugging Face folders.</summary>
internal sealed class AdapterPlaces
{
    private readonly Checkpoint _model;
    private readonly string _file;
    private readonly Dictionary<string, (ParameterSpec Parameter, WeightLocation Location)[]> _places = new(StringComparer.Ordinal);

    /// <param name="model">What is adapted.</param>
    /// <param name="file">The adapter's, for errors.</param>
    public AdapterPlaces(Checkpoint model, string file)
    {
        _model = model;
        _file = file;
        Architecture architecture = model.Architecture;
        var tensors = ModelParameters.Enumerate(model.Spec).Select(parameter => (Parameter: parameter, Location: architecture.Locate(model.Spec, parameter)))
            .GroupBy(place => place.Location.Name);
        foreach (var places in tensors)
            foreach (string name in architecture.OtherNames(places.Key).Prepend(places.Key))
            {
                _places.TryAdd(name, [.. places]);
                // Adapters of the headless model leave the prefix out, as its checkpoints do.
                if (name.StartsWith(architecture.BasePrefix, StringComparison.Ordinal))
                    _places.TryAdd(name[architecture.BasePrefix.Length..], [.. places]);
            }
    }

    /// <summary>The parameters that lie in a module's weight.</summary>
    /// <exception cref="CheckpointException">There is no such module, or the pair does not fit it.</exception>
    public IEnumerable<(ParameterSpec Parameter, WeightLocation Location)> OfModule(LoraModule module)
    {
        (ParameterSpec Parameter, WeightLocation Location)[] places = Find($"{module.Module}.weight", module.A);
        (ParameterSpec parameter, WeightLocation location) = places[0];
        bool isTable = parameter.Part == "embedding", isMatrix = parameter.Shape.Length == 2;
        if (!isMatrix || isTable != module.IsEmbedding)
            throw Refused(module.A, $"adapts '{parameter.Name}', which is {(!isMatrix ? "no matrix" : isTable ? "an embedding" : "no embedding")}; give the model that the adapter was trained on");
        // Other tables are read with an offset, or by two stacks of which PEFT adapts one.
        if (isTable && (parameter.Name != ModelParameters.TokenEmbedding || _model.Spec.HasSource))
            throw Refused(module.A, $"adapts the embedding '{parameter.Name}', which is not supported; train the adapter without it");
        long outputs = location.TotalRows == 0 ? parameter.Shape[0] : location.TotalRows, inputs = parameter.Shape[1];
        CheckShape(module.A, [module.A.Shape[0], isTable ? outputs : inputs]);
        CheckShape(module.B, [isTable ? inputs : outputs, module.B.Shape[1]]);
        if (module.Magnitude is { } magnitude)
            CheckShape(magnitude, [outputs]);
        return places;
    }

    /// <summary>The parameters that a tensor replaces.</summary>
    /// <exception cref="CheckpointException">The model has no such tensor, or one of another shape.</exception>
    public IEnumerable<ParameterSpec> OfTensor(string name, TensorView tensor)
    {
        (ParameterSpec Parameter, WeightLocation Location)[] places = Find(name, tensor);
        CheckShape(tensor, Checkpoint.StoredShape(places[0].Parameter, places[0].Location));
        return places.Select(place => place.Parameter);
    }

    private (ParameterSpec Parameter, WeightLocation Location)[] Find(string name, TensorView tensor)
    {
        if (!_places.TryGetValue(name, out (ParameterSpec Parameter, WeightLocation)[]? places))
            throw Refused(tensor, $"belongs to no parameter of the model '{_model.Path}'; give the model that the adapter was trained on");
        if (places.Any(place => place.Parameter.Name == ModelParameters.TokenEmbedding) && _model.Spec.Head.SharesEmbedding)
            throw Refused(tensor, "changes the embedding alone, which the model shares with its head; train the adapter without it");
        return places;
    }

    private void CheckShape(TensorView tensor, IReadOnlyList<long> expected)
    {
        if (!tensor.Shape.SequenceEqual(expected))
            throw Refused(tensor, $"has shape [{string.Join(", ", tensor.Shape)}], expected [{string.Join(", ", expected)}]; give the model that the adapter was trained on");
    }

    private CheckpointException Refused(TensorView tensor, string problem) => CheckpointException.OfTensor(_file, tensor.Name, problem);
}
