using Weft.Model.Spec;
using Weft.Training.Adapters;

namespace Weft.Training.Runs;

// N tokens of a pass, D hidden, I inputs and O outputs of a matrix, R rank, K adapted projections of a matrix.

/// <summary>Bytes of a model whose weights are frozen, and of the adapters beside them.</summary>
internal static class AdapterMemory
{
    /// <summary>A matrix of a block: the projections that are its rows.</summary>
    private readonly record struct Matrix(ParameterSpec[] Parts, int Adapted)
    {
        public long Inputs => Parts[0].Shape[1];

        public long Outputs => Parts.Sum(part => part.Shape[0]);
    }

    /// <summary>Of what is not trained: projections in the compute type or in 4 bits, the rest in fp32.</summary>
    public static long FrozenBytes(ModelSpec spec, AdapterOptions options) =>
        ModelParameters.Enumerate(spec).Where(options.Freezes).Sum(parameter => !IsProjection(parameter) ? parameter.Count * PassShape.Wide
            : options.FourBitBase ? FourBitWeight.BytesOf(parameter)
            : parameter.Count * new PassShape { Precision = options.BasePrecision }.Size);

    /// <summary>A block's memory with frozen weights.</summary>
    /// <param name="trained">The same with trained weights, but for the gradients and copies of these, which are those of the adapters already.</param>
    /// <param name="block">Which.</param>
    /// <param name="prefix">Of its parameters.</param>
    /// <param name="model">Its model, and what is adapted.</param>
    /// <param name="pass">What is computed, and what an encoder read; null without one.</param>
    public static BlockMemory Of(BlockMemory trained, BlockSpec block, string prefix, (ModelSpec Spec, AdapterOptions Options) model, (PassShape Own, PassShape? Source) pass)
    {
        var memory = new Sum(trained, prefix, model);
        PassShape own = pass.Own;
        memory.Add("attention", ["query", "key", "value"], own, keepsInput: false);
        // Torch's fused kernel keeps what it gave.
        memory.Add("attention", ["output"], own, keepsInput: BlockMemory.KeepsMixed(block.Attention, own));
        if (pass.Source is { } source && block.CrossAttention is { } cross)
        {
            memory.Add("cross_attention", ["query"], own, keepsInput: false);
            memory.Add("cross_attention", ["key", "value"], source, keepsInput: true);
            memory.Add("cross_attention", ["output"], own, keepsInput: BlockMemory.KeepsMixed(cross.Attention, own));
        }
        // As was measured for the kernel of GELU that is our own; the others are kept by torch's derivatives.
        bool keepsInner = block.FeedForward is FeedForwardSpec.Dense { Activation: Activation.Relu or Activation.Tanh or Activation.GeluTanh };
        memory.Add("feed_forward", block.FeedForward is FeedForwardSpec.Gated ? ["gate", "up"] : ["up"], own, keepsInput: false);
        memory.Add("feed_forward", ["down"], own, keepsInput: keepsInner);
        return memory.Block;
    }

    private static bool IsProjection(ParameterSpec parameter) => AdapterTargets.IsLinear(parameter);

    private sealed class Sum(BlockMemory start, string prefix, (ModelSpec Spec, AdapterOptions Options) model)
    {
        private readonly Dictionary<string, ParameterSpec> _parameters =
            ModelParameters.Enumerate(model.Spec).Where(parameter => parameter.Name.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(parameter => parameter.Name);

        private readonly TensorBytes _passing = start.Passing, _backward = start.Backward;

        public BlockMemory Block { get; private set; } = start;

        /// <summary>A matrix, where the block has it. Experts are left as they are: each reads a few tokens.</summary>
        /// <param name="part">Of the block.</param>
        /// <param name="names">The projections that are its rows.</param>
        /// <param name="pass">Of what it reads.</param>
        /// <param name="keepsInput">What it reads is kept whether it is adapted or not.</param>
        public void Add(string part, string[] names, PassShape pass, bool keepsInput)
        {
            ParameterSpec[] parts = [.. names.Select(name => _parameters.GetValueOrDefault($"{prefix}{part}.{name}.weight")).OfType<ParameterSpec>()];
            if (parts.Length == 0)
                return;
            var matrix = new Matrix(parts, parts.Count(model.Options.IsAdapted));
            TensorBytes kept = Block.Kept, passing = Block.Passing, backward = Block.Backward;
            long numbers = matrix.Inputs * matrix.Outputs;
            if (model.Options.FourBitBase)
            {
                TensorBytes widened = TensorBytes.Of(numbers * pass.Size);
                (passing, backward) = (TensorBytes.Max(passing, _passing + widened), TensorBytes.Max(backward, _backward + widened));
            }
            if (matrix.Adapted == 0)
            {
                kept -= keepsInput ? default : pass.States(matrix.Inputs);
            }
            else
            {
                kept += pass.States(matrix.Adapted * model.Options.Rank);
                if (model.Options.Kind == AdapterKind.Dora)
                {
                    // The product before its rows get their lengths, which fills the gaps of what is as large; to find these, the weights and their sum with B·A in fp32.
                    kept += TensorBytes.Outside(pass.States(matrix.Outputs).All);
                    passing = TensorBytes.Max(passing, _passing + TensorBytes.Of(numbers * PassShape.Wide, 2));
                }
            }
            Block = Block with { Kept = kept, Passing = passing, Backward = backward };
        }
    }
}
