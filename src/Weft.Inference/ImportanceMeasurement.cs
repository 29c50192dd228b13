using Weft.Inference.Weights;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden.

/// <summary>
/// Runs a model over texts and measures what the columns of its blocks' matrices are multiplied with, for a quantizer to know which errors matter. The output's
/// matrix is not measured, as in llama.cpp: it keeps more bits anyway. One thread at a time.
/// </summary>
public sealed class ImportanceMeasurement : IDisposable
{
    private readonly InputSquares _squares = new();
    private readonly Transformer _model;
    private readonly HashSet<string> _measured;
    private float[] _hidden = [];
    private int _windows, _windowTokens;

    /// <summary>Builds an engine that computes in fp32 over a model's weights.</summary>
    /// <param name="model">Owned from here on: it is disposed with this object, or at once when this throws.</param>
    /// <param name="options">How to use the machine; <see cref="EngineOptions.Exact"/> is always taken as set.</param>
    /// <exception cref="NotSupportedException">The model reads a source beside its text, or has a part that the engine does not know.</exception>
    public ImportanceMeasurement(Checkpoint model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Spec.HasSource)
        {
            string path = model.Path;
            model.Dispose();
            throw new NotSupportedException($"model '{path}' is an encoder-decoder, whose decoder needs a translation of each text; importance is measured on decoders alone and encoders alone");
        }
        _measured = [.. ModelParameters.Enumerate(model.Spec).Where(parameter => parameter.Part is "attention" or "feed-forward").Select(parameter => parameter.Name)];
        _model = Transformer.Load(model, (options ?? new()) with { Exact = true }, _squares);
    }

    /// <summary>The model that is measured.</summary>
    public Transformer Model => _model;

    /// <summary>Reads one piece of text, which begins anew.</summary>
    /// <param name="ids">[T], from 1 to the model's context length; with the special tokens that a text begins with.</param>
    /// <exception cref="ArgumentException">An id or the length is out of range.</exception>
    public void Read(ReadOnlySpan<int> ids)
    {
        if (_hidden.Length < (long)ids.Length * _model.Spec.HiddenSize)
            _hidden = new float[ids.Length * _model.Spec.HiddenSize];
        _model.ComputeHidden(new(ids), _hidden.AsSpan(0, ids.Length * _model.Spec.HiddenSize));
        _windows++;
        _windowTokens = Math.Max(_windowTokens, ids.Length);
    }

    /// <summary>What was measured so far.</summary>
    /// <param name="text">Names the text.</param>
    /// <exception cref="InvalidDataException">An input was infinite or not a number; the message names the matrix.</exception>
    public ImportanceMatrix ToMatrix(string text)
    {
        Dictionary<string, ColumnImportance> columns = _squares.Columns(_measured.Contains);
        foreach ((string name, ColumnImportance column) in columns)
            if (column.Squares.AsSpan().ContainsAnyExceptInRange(0, float.MaxValue))
                throw new InvalidDataException($"the inputs of '{name}' are not finite; the model's weights are damaged, see weft inspect --check");
        return new(columns) { Texts = [text], Windows = _windows, WindowTokens = _windowTokens };
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();
}
