using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Checkpoints;
using Weft.Training.Objectives;

using static TorchSharp.torch;

namespace Weft.Training.Kernels;

// N tokens, C tokens of a chunk, D hidden, V vocabulary.

/// <summary>
/// The projection on the vocabulary, its cross-entropy and all its gradients in bf16 by kernels of our own, a chunk of tokens at a time: logits become gradients where
/// they are, gradients of the weights are added up in fp32 where they belong, and memory is taken once (docs/LOG.md has what it gains).
/// </summary>
internal static unsafe class ProductCrossEntropy
{
    /// <summary>Numbers of a chunk's logits, a small part of what a model's other states take, but tokens enough for products at full speed.</summary>
    private const long ChunkNumbers = 1 << 22, FewestTokens = 256;

    /// <summary>Kernels read rows by two pairs of neighbours at a time.</summary>
    private const int Alignment = 4;

    private static AlignedBuffer? _panels, _columns, _logits, _transposed, _chunk, _losses;

    /// <summary>The processor has the products, and rows of states are read as they lie.</summary>
    public static bool Fits(Tensor hidden) => hidden.dtype == ScalarType.BFloat16 && hidden.device.type == TorchSharp.DeviceType.CPU
        && hidden.is_contiguous() && Fits(hidden.shape[1]);

    /// <summary>The processor has the products, and rows of so many numbers are read as they lie.</summary>
    public static bool Fits(long size) => size % Alignment == 0 && AssembledKernels.Row(1, ElementType.BF16) != 0;

    /// <summary>Bytes of the memory that is taken once.</summary>
    /// <param name="tokens">N.</param>
    /// <param name="size">D.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="trains">The weights have a gradient.</param>
    public static long BufferBytes(int tokens, int size, int vocabulary, bool trains = true) => new Pass { Size = size, Vocabulary = vocabulary }.BufferBytes(tokens, trains);

    /// <summary>Losses, and where asked for gradients.</summary>
    /// <param name="hidden">[N, D] in bf16.</param>
    /// <param name="targets">[N].</param>
    /// <param name="projection">Weights, [V, D], and bias, [V], or none, both in fp32.</param>
    /// <param name="options">Of the loss; its weight is 0 where no gradients are asked for. Where it has weights or losses of rows, they are [N].</param>
    /// <param name="gradients">Of the states, [N, D] in bf16, written, and of weights and bias, in fp32, added to; null for none.</param>
    /// <returns>Sum of the losses, in nats.</returns>
    public static double Compute(Tensor hidden, Tensor targets, (Tensor Weight, Tensor? Bias) projection, SoftmaxRows options, ProjectionGradients? gradients)
    {
        var run = new Pass
        {
            Hidden = TorchTeam.Data(hidden),
            Weight = (float*)TorchTeam.Data(projection.Weight),
            HiddenGradient = gradients is null ? null : TorchTeam.Data(gradients.Features),
            WeightGradient = gradients?.Weight is { } weightGradient ? (float*)TorchTeam.Data(weightGradient) : null,
            BiasGradient = gradients?.Bias is { } biasGradient ? (float*)TorchTeam.Data(biasGradient) : null,
            Size = (int)hidden.shape[1],
            Vocabulary = (int)projection.Weight.shape[0],
        };
        options.Bias = projection.Bias is { } bias ? (float*)TorchTeam.Data(bias) : null;
        double loss = 0;
        TorchTeam.Run(team => loss = run.Execute(team, (long*)TorchTeam.Data(targets), (int)targets.shape[0], options));
        return loss;
    }

    private struct Pass
    {
        public byte* Hidden, HiddenGradient;
        public float* Weight, WeightGradient, BiasGradient;
        public int Size, Vocabulary;

        /// <summary>Numbers of a row of logits: whole vectors, of which the last ends with zeros.</summary>
        private readonly int RowStep => (Vocabulary + (2 * PanelLayout.Width) - 1) / (2 * PanelLayout.Width) * 2 * PanelLayout.Width;

        public readonly double Execute(Team team, long* targets, int tokens, SoftmaxRows rows)
        {
            var weights = new Packing { Source = (byte*)Weight, SourceStep = Size, Rows = Vocabulary, Columns = Size };
            byte* panels = Pack(team, weights with { Kind = PackingKind.WeightRows }, ref _panels, Size, Vocabulary);
            byte* columns = HiddenGradient == null ? null : Pack(team, weights with { Kind = PackingKind.WeightColumns }, ref _columns, Vocabulary, Size);
            int size = ChunkSize(tokens);
            byte* logits = Reserve(ref _logits, (long)size * RowStep * sizeof(ushort));
            double* own = rows.Losses == null ? (double*)Reserve(ref _losses, (long)size * sizeof(double)) : null;
            double loss = 0;
            for (int first = 0; first < tokens; first += size)
            {
                int count = Math.Min(size, tokens - first);
                ProductWork.Execute(team, new()
                {
                    Rows = Hidden + ((nint)first * Size * sizeof(ushort)),
                    RowBytes = (long)Size * sizeof(ushort),
                    RowCount = count,
                    Pairs = RowPacking.Pairs(Size),
                    Panels = panels,
                    Outputs = Vocabulary,
                    Output = logits,
                    OutputStep = RowStep,
                    Rounds = true,
                });
                double* losses = own == null ? rows.Losses + first : own;
                SoftmaxRows chunk = rows with
                {
                    Logits = (ushort*)logits,
                    RowStep = RowStep,
                    Vocabulary = Vocabulary,
                    Targets = targets + first,
                    Losses = losses,
                    Weights = rows.Weights == null ? null : rows.Weights + first,
                };
                team.Run(ref chunk, count);
                for (int i = 0; i < count; i++)
                    loss += losses[i];
                if (HiddenGradient != null)
                    Differentiate(team, logits, columns, first, count);
            }
            return loss;
        }

        public readonly long BufferBytes(int tokens, bool trains)
        {
            int size = ChunkSize(tokens);
            long ofGradient = trains ? Packing.PanelBytes(size, Size) + ((long)RowPacking.BFloat16RowBytes(size) * RowStep) : 0;
            return Packing.PanelBytes(Size, Vocabulary) + Packing.PanelBytes(Vocabulary, Size) + ofGradient + ((long)size * RowStep * sizeof(ushort)) + ((long)size * sizeof(double));
        }

        private readonly int ChunkSize(int tokens)
        {
            int most = (int)Math.Min(Math.Max(ChunkNumbers / RowStep, FewestTokens), tokens);
            // Chunks of equal size: a short one at the end would read all weights for a few tokens.
            int chunks = (tokens + most - 1) / most;
            return (tokens + chunks - 1) / chunks;
        }

        private readonly void Differentiate(Team team, byte* gradient, byte* columns, int first, int count)
        {
            ProductWork.Execute(team, new()
            {
                Rows = gradient,
                RowBytes = (long)RowStep * sizeof(ushort),
                RowCount = count,
                Pairs = RowPacking.Pairs(Vocabulary),
                Panels = columns,
                Outputs = Size,
                Output = HiddenGradient + ((nint)first * Size * sizeof(ushort)),
                OutputStep = Size,
                Rounds = true,
            });
            if (WeightGradient != null)
                DifferentiateWeight(team, gradient, first, count);
            if (BiasGradient == null)
                return;
            var sums = new ColumnSums { Rows = (ushort*)gradient, RowStep = RowStep, RowCount = count, ColumnCount = Vocabulary, Sums = BiasGradient };
            team.Run(ref sums, sums.Items);
        }

        private readonly void DifferentiateWeight(Team team, byte* gradient, int first, int count)
        {
            byte* states = Pack(team, new() { Kind = PackingKind.TokenColumns, Source = Hidden + ((nint)first * Size * sizeof(ushort)), SourceStep = Size, Rows = count, Columns = Size }, ref _chunk, count, Size);
            int rowBytes = RowPacking.BFloat16RowBytes(count);
            byte* transposed = Reserve(ref _transposed, (long)rowBytes * RowStep);
            Packing.Execute(team, new() { Kind = PackingKind.Transposed, Source = gradient, SourceStep = RowStep, Rows = count, Columns = RowStep, Destination = transposed, Step = rowBytes });
            ProductWork.Execute(team, new()
            {
                Rows = transposed,
                RowBytes = rowBytes,
                RowCount = Vocabulary,
                Pairs = RowPacking.Pairs(count),
                Panels = states,
                Outputs = Size,
                Output = (byte*)WeightGradient,
                OutputStep = Size,
                Accumulates = true,
            });
        }

        private static byte* Pack(Team team, Packing packing, ref AlignedBuffer? buffer, int terms, int lanes)
        {
            packing.Destination = Reserve(ref buffer, Packing.PanelBytes(terms, lanes));
            packing.Step = Packing.PanelBytes(terms, 1);
            Packing.Execute(team, packing);
            return packing.Destination;
        }
    }

    private static byte* Reserve(ref AlignedBuffer? buffer, long bytes)
    {
        long count = (bytes + sizeof(float) - 1) / sizeof(float);
        if (buffer is null || buffer.Count < count)
            // An eighth more: where passes differ in length, each slightly longer one would leave a buffer to the collector.
            buffer = new(count + (buffer is null ? 0 : count / 8), "the projection on the vocabulary");
        return (byte*)buffer.Pointer;
    }
}
