using TorchSharp;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;
using Weft.Training;
using Weft.Training.Modules;
using static TorchSharp.torch;

namespace Weft.Benchmarks.Peers;

// B sequences, T tokens of each, D hidden.

/// <summary>What is given to the encoder: random ids, sequences of equal length and so without padding.</summary>
/// <param name="Size">B.</param>
/// <param name="Length">T.</param>
/// <param name="Spec">The encoder.</param>
internal sealed record EncoderBatch(int Size, int Length, ModelSpec Spec)
{
    /// <summary>[B, T], row-major.</summary>
    public int[] Ids { get; } = RandomIds(Size * Length, Spec.VocabularySize);

    /// <summary>B·T.</summary>
    public int Tokens => Size * Length;

    private static int[] RandomIds(int count, int vocabulary)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
    }
}

/// <summary>One way to compute the hidden states of a batch.</summary>
internal interface IEncoder : IDisposable
{
    /// <summary>As in the table.</summary>
    string Name { get; }

    /// <summary>The type whose arithmetic bounds it.</summary>
    ElementType Type { get; }

    /// <summary>Computes [B, T, D].</summary>
    void Compute(EncoderBatch batch, float[] hidden);
}

/// <summary>The engine.</summary>
/// <param name="path">The model.</param>
/// <param name="type">Of its weights.</param>
/// <param name="threads">That compute.</param>
internal sealed class EngineEncoder(string path, ElementType type, int threads) : IEncoder
{
    private readonly Transformer _model = Transformer.Load(Checkpoint.Open(path), new() { Threads = threads });

    /// <inheritdoc/>
    public string Name => $"Weft {type}";

    /// <inheritdoc/>
    public ElementType Type => type;

    /// <inheritdoc/>
    public void Compute(EncoderBatch batch, float[] hidden)
    {
        _model.ComputeHidden([.. Enumerable.Range(0, batch.Size).Select(b => new EncoderInput(batch.Ids.AsMemory(b * batch.Length, batch.Length)))], hidden);
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();
}

/// <summary>The modules of Weft.Training on libtorch, the whole batch at once.</summary>
/// <param name="model">Shared by both precisions: bf16 copies of weights are made at each use, which is part of the time.</param>
/// <param name="precision">Of the computation.</param>
internal sealed class TorchEncoder(TrainableModel model, Precision precision) : IEncoder
{
    /// <inheritdoc/>
    public string Name => $"libtorch {(precision == Precision.BFloat16 ? "bf16" : "fp32")}";

    /// <inheritdoc/>
    public ElementType Type => precision == Precision.BFloat16 ? ElementType.BF16 : ElementType.F32;

    /// <summary>The weights of a checkpoint as modules.</summary>
    public static TrainableModel Load(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        var model = new TrainableModel(checkpoint.Spec, seed: 1);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(checkpoint.Spec))
        {
            float[] values = new float[parameter.Count];
            checkpoint.Read(parameter, values);
            model.Write(parameter, values);
        }
        return model;
    }

    /// <inheritdoc/>
    public void Compute(EncoderBatch batch, float[] hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        using var _ = inference_mode();
        Tensor ids = tensor(batch.Ids, [batch.Size, batch.Length], ScalarType.Int64);
        model.Hidden(new(ids), precision).to(ScalarType.Float32).contiguous().data<float>().CopyTo(hidden);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
