using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

// T tokens, I inputs (the reduced dimension), O outputs.

/// <summary>
/// Output = input · weightᵀ (+ bias) (+ output), for one or more matrices that share the input. A sum's terms are added in an order that depends neither on
/// how many tokens are computed together nor on the threads, so that prefill and decode agree to the bit.
/// </summary>
internal static unsafe class MatMul
{
    /// <summary>Fewer tokens would not pay for unpacking a panel once more.</summary>
    private const int FewestTokens = 4 * RowPacking.TileRows;

    /// <summary>Computes all projections of T rows.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="rows">[T, I].</param>
    /// <param name="tokens">T.</param>
    /// <param name="projections">Of the same inputs.</param>
    /// <param name="codes">The rows as codes, where they are there already; the rows themselves are not read then.</param>
    public static void Execute(Team team, RowSource rows, int tokens, ReadOnlySpan<Projection> projections, byte* codes = null)
    {
        int inputs = rows.Size, step = inputs, readers = FloatReaders(projections);
        if (rows.Rows == null && codes == null && (team.Observer is not null || readers > 0))
        {
            // Others read rows that follow each other.
            step = team.Observer is null && readers == projections.Length ? RowPacking.FloatRowStep(inputs) : inputs;
            rows = new(team.Rows.ToFloats(team, rows, tokens, step), inputs);
        }
        team.Observer?.Observe(rows.Rows, tokens, inputs, projections);
        fixed (Projection* first = projections)
        {
            var work = new PanelWork { Input = rows.Rows, Inputs = inputs, InputStep = step, Tokens = tokens, Codes = codes, Projections = first, ProjectionCount = projections.Length, Threads = team.Threads, CodeTileRows = PanelWork.CodeTileRowsOf(tokens) };
            int groups = 0;
            foreach (ref readonly Projection projection in projections)
            {
                groups += work.Groups(projection);
                if (projection.Arithmetic == Arithmetic.Codes && work.Codes == null)
                    work.Codes = team.Rows.ToCodes(team, rows, tokens, work.CodeTileRows);
                else if (projection.Arithmetic == Arithmetic.BFloat16 && work.BFloat16s == null)
                    work.BFloat16s = team.Rows.ToBFloat16(team, rows, tokens);
            }
            int parts = Math.Clamp((PanelWork.ItemsOfThread * team.Threads + groups - 1) / groups, 1, Math.Max(1, tokens / FewestTokens));
            work.GroupCount = groups;
            // Whole tiles of either kind, so that a part begins where a packed tile does.
            work.TokensOfPart = (((tokens + parts - 1) / parts) + RowPacking.TileRows - 1) / RowPacking.TileRows * RowPacking.TileRows;
            team.Run(ref work, groups * ((tokens + work.TokensOfPart - 1) / work.TokensOfPart));
        }
    }

    /// <summary>How many projections read rows in fp32.</summary>
    private static int FloatReaders(ReadOnlySpan<Projection> projections)
    {
        int readers = 0;
        foreach (ref readonly Projection projection in projections)
            readers += projection.Arithmetic == Arithmetic.Float32 ? 1 : 0;
        return readers;
    }

    /// <summary>The specification of the product in fp32: one element after the other.</summary>
    public static void ExecuteScalar(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> output, int inputs)
    {
        int outputs = weight.Length / inputs;
        for (int t = 0; t < x.Length / inputs; t++)
        {
            for (int o = 0; o < outputs; o++)
            {
                float sum = 0;
                for (int i = 0; i < inputs; i++)
                    sum += x[(t * inputs) + i] * weight[(o * inputs) + i];
                output[(t * outputs) + o] = sum + (bias.IsEmpty ? 0 : bias[o]);
            }
        }
    }
}
