using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Peft;

/// <summary>A model as an adapter changes it: computed on reading, so that nothing is copied and what is not adapted stays mapped.</summary>
internal sealed class AdaptedCheckpoint : Checkpoint
{
    private readonly Checkpoint _model;
    private readonly IDisposable _adapter;
    private readonly IReadOnlyDictionary<string, LoraDelta> _deltas;
    private readonly IReadOnlyDictionary<string, TensorView> _replaced;

    /// <param name="model">Disposed with this one.</param>
    /// <param name="adapter">Disposed with this one.</param>
    /// <param name="deltas">What becomes of which parameter.</param>
    /// <param name="replaced">The tensors that stand in place of the model's own, by the parameters that lie in them.</param>
    public AdaptedCheckpoint(
        Checkpoint model, IDisposable adapter, IReadOnlyDictionary<string, LoraDelta> deltas, IReadOnlyDictionary<string, TensorView> replaced)
        : base(model)
    {
        _model = model;
        _adapter = adapter;
        _deltas = deltas;
        _replaced = replaced;
    }

    /// <inheritdoc/>
    public override bool HasTokenizer => _model.HasTokenizer;

    /// <inheritdoc/>
    public override bool TryMap(ParameterSpec parameter, out TensorView view) =>
        (_replaced.ContainsKey(parameter.Name) ? base.TryMap(parameter, out view) : _model.TryMap(parameter, out view)) && !_deltas.ContainsKey(parameter.Name);

    /// <inheritdoc/>
    public override bool TryMapRows(ParameterSpec parameter, out TensorRows rows) =>
        (_replaced.ContainsKey(parameter.Name) ? base.TryMapRows(parameter, out rows) : _model.TryMapRows(parameter, out rows)) && !_deltas.ContainsKey(parameter.Name);

    /// <inheritdoc/>
    public override void Read(ParameterSpec parameter, Span<float> destination)
    {
        if (_replaced.ContainsKey(parameter.Name))
            base.Read(parameter, destination);
        else
            _model.Read(parameter, destination);
        if (_deltas.TryGetValue(parameter.Name, out LoraDelta? delta))
            delta.Change(parameter, destination);
    }

    /// <inheritdoc/>
    public override ElementType SourceType(ParameterSpec parameter) =>
        _replaced.TryGetValue(parameter.Name, out TensorView? view) ? view.Type : _model.SourceType(parameter);

    /// <inheritdoc/>
    public override string? ReadCompanion(string name) => _model.ReadCompanion(name);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _model.Dispose();
        _adapter.Dispose();
    }

    internal override (TensorView View, WeightLocation Location) Find(ParameterSpec parameter) =>
        _replaced.TryGetValue(parameter.Name, out TensorView? view) ? (view, Architecture.Locate(Spec, parameter)) : _model.Find(parameter);
}
